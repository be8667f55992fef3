package redis

import (
	"net"
	"net/url"
	"strings"
	"testing"

	"asterism/store"
)

// FuzzURL: whatever stands in bayes_path, it is understood or refused; user and password are those that were written,
// and no error shows the password.
func FuzzURL(f *testing.F) {
	f.Add("redis", "", "", "redis.example.org", "")
	f.Add("rediss", "spamd", "p@ss:w/rd?%", "redis.example.org:6380", "/0")
	f.Add("redis", "spamd", "secret123", "a,b:26380,[2001:db8::1]:1", "?sentinel=main&sentinel_password=other&prefix=mail")
	f.Add("redis", "", "secret123", "127.0.0.1", "/7?prefix=x%20y")
	f.Add("redis", "", "secret123", "[::1", "/99999999999?prefix={}")
	f.Add("redis", "u", "secret123", "a:b:c,,", "?%zz&database=1")
	f.Fuzz(func(t *testing.T, scheme, user, password, hosts, rest string) {
		if strings.ContainsAny(hosts, "@/?") || strings.Contains(scheme, "://") || strings.Contains(rest, "@") ||
			rest != "" && rest[0] != '/' && rest[0] != '?' || scheme == "rediss" && strings.Contains(rest, "?") {
			return // another URL, or one that names files
		}
		escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
		path := scheme + "://" + escape(user) + ":" + escape(password) + "@" + hosts + rest
		loc, err := ParseURL(path)
		if err != nil {
			if len(password) >= 8 && !strings.Contains(scheme+hosts+rest, password) && strings.Contains(err.Error(), password) {
				t.Errorf("the password %q is in %q", password, err)
			}
			return
		}
		if loc.User != user || loc.Password != password {
			t.Errorf("%q: user %q and password %q, want %q and %q", path, loc.User, loc.Password, user, password)
		}
		if len(loc.Hosts) == 0 || loc.Prefix == "" || strings.ContainsAny(loc.Prefix, "{}") {
			t.Errorf("%q: hosts %q, prefix %q", path, loc.Hosts, loc.Prefix)
		}
		for _, h := range loc.Hosts {
			if _, _, err := net.SplitHostPort(h); err != nil {
				t.Errorf("%q: host %q: %v", path, h, err)
			}
		}
	})
}

// FuzzIntent: what is read of an intent is all of it, or it is refused; and its name tells of which messages it is.
func FuzzIntent(f *testing.F) {
	d := store.Digest{1, 2, 3}
	name := intentName(client{"12345678", 7}, d)
	f.Add(name, "")
	f.Add(name+string(d[:]), encodeIntent([]part{{group: 3}, {group: 15}}, []string{"one", ""}))
	f.Add(name[:15], "\x10\x00\x00\x00\x00")
	f.Add("", "\x01\xff\xff\xff\xffabc")
	f.Fuzz(func(t *testing.T, name, text string) {
		parts, blobs, err := decodeIntent(text)
		if err == nil && encodeIntent(parts, blobs) != text {
			t.Errorf("%q was read as %v, %q", text, parts, blobs)
		}
		if isOf(name, nil) {
			t.Errorf("%q is of no message", name)
		}
		for p := intentHead; p+digestSize <= len(name); p += digestSize {
			if !isOf(name, []store.Digest{{}, store.Digest([]byte(name[p : p+digestSize]))}) {
				t.Errorf("%q is not of the message at %d", name, p)
			}
		}
	})
}

// FuzzSample: likewise a slot of the reservoir, a mark and a record.
func FuzzSample(f *testing.F) {
	f.Add("\x01\x00\x00\x00\x07", strings.Repeat("d", 20)+"\x01\x00\x00\x00"+strings.Repeat("t", 16))
	f.Add("\x02\x00\x00\x00\x07", strings.Repeat("d", 20)+"\xff\xff\xff\xff")
	f.Add(strings.Repeat("d", 20), "\x01\x00\x00\x00\x00")
	f.Add("12345678", "1234567890123456")
	f.Fuzz(func(t *testing.T, field, value string) {
		if s, err := decodeSample(field, value); err == nil {
			if got := string(encodeSample(&s)); len(s.Header)+len(s.Body) > 0 && got != value {
				t.Errorf("the sample %q was read as %v", value, s)
			}
		}
		if m, err := decodeMark(field, value); err == nil && (encodeMark(m) != value || string(m.Digest[:]) != field) {
			t.Errorf("the mark %q was read as %v", value, m)
		}
		if r, err := decodeRecord(value); err == nil && r.Weight == r.Weight && encodeRecord(r) != value {
			t.Errorf("the record %q was read as %v", value, r)
		}
	})
}
