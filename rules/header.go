package rules

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"asterism/message"
	"asterism/rules/perlre"
)

// headerSpec is the part of a header that a rule matches: a field or pseudo-header, and its part.
type headerSpec struct {
	name  string // pseudo-headers as written, fields in lower case
	field bool   // it is a field, no pseudo-header
	raw   bool   // :raw
	addr  bool   // :addr
	disp  bool   // :name
	host  bool   // :host
	dom   bool   // :domain
	ip    bool   // :ip
	rip   bool   // :revip
	one   int    // 1 for :first, -1 for :last
}

func parseHeaderSpec(s string) (headerSpec, error) {
	name, mods, _ := strings.Cut(s, ":")
	h := headerSpec{name: name}
	if name == "" {
		return h, errors.New("has no header")
	}
	for m := range strings.SplitSeq(mods, ":") {
		switch strings.ToLower(m) {
		case "":
		case "raw":
			h.raw = true
		case "addr":
			h.addr = true
		case "name":
			h.disp = true
		case "host":
			h.host = true
		case "domain":
			h.dom = true
		case "ip":
			h.ip = true
		case "revip":
			h.rip = true
		case "first":
			h.one = 1
		case "last":
			h.one = -1
		default:
			return h, fmt.Errorf("unknown modifier :%s", m)
		}
	}
	for _, known := range computedHeaders { // never the field of this name: anyone could write it
		if strings.EqualFold(name, known) {
			name, h.name = known, known
		}
	}
	if h.field = !slices.Contains(pseudoHeaders, name); h.field {
		h.name = strings.ToLower(name)
	}
	return h, nil
}

var pseudoHeaders = []string{"ALL", "ALL-TRUSTED", "ALL-UNTRUSTED", "ALL-INTERNAL", "ALL-EXTERNAL", "ToCc",
	"EnvelopeFrom",
	"MESSAGEID", "X-Spam-Relays-Trusted", "X-Spam-Relays-Untrusted", "X-Spam-Relays-Internal", "X-Spam-Relays-External",
	fileNames, headerLanguages, headerCountries, headerCountriesExternal, headerCountriesAll, headerCountriesAuth,
	"X-ExtractText-Words", "X-ExtractText-Chars", "X-ExtractText-Tools", "X-ExtractText-Types", "X-ExtractText-Extensions",
	"X-ExtractText-Flags", "X-ExtractText-Uris"}

// computedHeaders are pseudo-headers that rules write in any case.
var computedHeaders = []string{headerLanguages, headerCountries, headerCountriesExternal, headerCountriesAll,
	headerCountriesAuth}

// headerLanguages is the pseudo-header of the languages that the text may be in.
const headerLanguages = "X-Languages"

// headerID returns the number of a header specification in the Set.
func (b *builder) headerID(h headerSpec) int32 {
	key := fmt.Sprint(h)
	id, ok := b.headerIDs[key]
	if !ok {
		id = int32(len(b.set.headers))
		b.headerIDs[key] = id
		b.set.headers = append(b.set.headers, h)
	}
	return id
}

var headerTest = regexp.MustCompile(`^(\S+?)\s*(=~|!~)\s*(.+)$`)

// headerRule reads "Name =~ /expression/ [if-unset: text]" or "exists:Name".
func (b *builder) headerRule(r *Rule, value string) error {
	if name, ok := strings.CutPrefix(value, "exists:"); ok {
		h, err := parseHeaderSpec(strings.TrimSpace(name))
		if err != nil {
			return err
		}
		r.exists, r.header = true, b.headerID(h)
		return nil
	}
	m := headerTest.FindStringSubmatch(value)
	if m == nil {
		return errors.New("is not of the form: Header =~ /expression/")
	}
	h, err := parseHeaderSpec(m[1])
	if err != nil {
		return err
	}
	r.header, r.negated = b.headerID(h), m[2] == "!~"
	test := m[3]
	if i := strings.LastIndex(test, "[if-unset:"); i > 0 && strings.HasSuffix(test, "]") {
		r.isUnset, r.unset = true, strings.TrimSpace(test[i+len("[if-unset:"):len(test)-1])
		test = strings.TrimSpace(test[:i])
	}
	r.pattern, r.letters, err = cutPattern(test)
	return err
}

// headerValue is a header as rules see it.
type headerValue struct {
	text   perlre.Text
	exists bool
	known  bool
}

// exists reports whether there is the header of a specification of the Set.
func (sc *Scan) exists(id int32) bool {
	if h := sc.set.headers[id]; h.field && h == h.whole() {
		return sc.msg.Header().Has(h.name)
	}
	return sc.header(id).exists
}

// header returns the value of a header specification of the Set, computing it once.
func (sc *Scan) header(id int32) *headerValue {
	v := &sc.headers[id]
	if !v.known {
		s, ok := sc.getAll(sc.set.headers[id])
		*v = headerValue{text: perlre.NewText(s), exists: ok, known: true}
	}
	return v
}

// Get returns a header as rules see it, by a specification such as "Reply-To:addr:domain" or "X-Spam-Relays-External".
func (sc *Scan) Get(spec string) (string, bool) {
	i := 0
	for i < len(sc.got) && sc.got[i].spec != spec {
		i++
	}
	if i == len(sc.got) {
		v := gotHeader{spec: spec}
		if h, err := parseHeaderSpec(spec); err == nil {
			v.header = h
		}
		sc.got = append(sc.got, v)
	}
	v := &sc.got[i]
	if !v.known && v.header.name != "" {
		v.text, v.exists = sc.get(v.header)
		v.known = true
	}
	return v.text, v.exists
}

// gotHeader is a header that a function has asked for: several ask for the same ones.
type gotHeader struct {
	spec   string
	header headerSpec // what spec means; without a name if it means nothing
	text   string
	exists bool
	known  bool
}

// get returns the value of a header. The fields of one name follow each other, each ended by a newline, unless only an
// address or name is asked for, which is the first.
func (sc *Scan) get(h headerSpec) (string, bool) {
	plain := h.whole()
	var value string
	switch {
	case h.addr:
		value = sc.mailboxes(plain).addr()
	case h.disp:
		value = sc.mailboxes(plain).name
	default:
		var ok bool
		if value, ok = sc.getWhole(plain, false); !ok || plain == h {
			return value, ok
		}
	}
	value = h.within(value)
	return value, value != ""
}

// getAll is get with all addresses or names, one a line: what header rules see.
func (sc *Scan) getAll(h headerSpec) (string, bool) {
	if !h.addr && !h.disp {
		return sc.get(h)
	}
	m := sc.mailboxes(h.whole())
	values := m.addrs
	if !h.addr {
		values = m.names
	}
	if len(values) == 1 {
		value := h.within(values[0])
		return value, value != ""
	}
	var found []string
	for _, v := range values {
		if v = h.within(v); v != "" {
			found = append(found, v)
		}
	}
	return strings.Join(found, "\n"), len(found) > 0
}

// whole returns the specification of the header that h looks into.
func (h headerSpec) whole() headerSpec {
	h.addr, h.disp, h.host, h.dom, h.ip, h.rip = false, false, false, false, false, false
	return h
}

// within returns the part of an address or other value that h asks for, "" if there is none.
func (h headerSpec) within(value string) string {
	if value == "" {
		return ""
	}
	if h.host || h.dom {
		value = hostOf(value)
		if h.dom {
			value = registrable(value)
		}
	}
	if value != "" && (h.ip || h.rip) {
		value = ipIn(value, h.rip)
	}
	return value
}

// getWhole returns a header or pseudo-header without looking into it.
func (sc *Scan) getWhole(h headerSpec, addresses bool) (string, bool) {
	switch h.name {
	case "ALL":
		return sc.all(h.raw), true
	case "ToCc":
		to, ok1 := sc.fields("to", h, addresses)
		cc, ok2 := sc.fields("cc", h, addresses)
		return to + cc, ok1 || ok2
	case headerLanguages:
		languages := sc.languages()
		return strings.Join(languages, " "), len(languages) > 0
	case headerCountries, headerCountriesExternal, headerCountriesAll, headerCountriesAuth:
		countries := sc.relayCountries(h.name)
		return countries, countries != ""
	case "MESSAGEID":
		var b strings.Builder
		for _, name := range []string{"x-message-id", "resent-message-id", "x-original-message-id", "message-id"} {
			if v, ok := sc.fields(name, h, addresses); ok {
				b.WriteString(v)
			}
		}
		return b.String(), b.Len() > 0
	case "X-ExtractText-Words", "X-ExtractText-Chars", "X-ExtractText-Tools", "X-ExtractText-Types",
		"X-ExtractText-Extensions",
		"X-ExtractText-Flags", "X-ExtractText-Uris":
		return sc.extracted(strings.TrimPrefix(h.name, extractPrefix))
	case "EnvelopeFrom":
		v := sc.envelopeFrom()
		return v, v != ""
	case "X-Spam-Relays-Trusted":
		return relayLine(sc.relays().Trusted), true
	case "X-Spam-Relays-Untrusted":
		return relayLine(sc.relays().Untrusted), true
	case "X-Spam-Relays-Internal":
		return relayLine(sc.relays().Internal), true
	case "X-Spam-Relays-External":
		return relayLine(sc.relays().External), true
	case "ALL-TRUSTED", "ALL-UNTRUSTED", "ALL-INTERNAL", "ALL-EXTERNAL":
		return sc.allOf(h.name, h.raw), true
	}
	return sc.fields(h.name, h, addresses)
}

// fields returns the values of the fields of a name, one a line.
func (sc *Scan) fields(name string, h headerSpec, undecoded bool) (string, bool) {
	header := sc.msg.Header()
	all := header.Fields()
	first := header.Find(name, 0)
	if first < 0 {
		return "", false
	}
	last, size := first, len(all[first].Raw())
	for i := header.Find(name, first+1); i >= 0 && h.one != 1; i = header.Find(name, i+1) {
		last, size = i, size+len(all[i].Raw())
	}
	if h.one == -1 {
		first = last
	}
	if first == last {
		return fieldText(&all[first], h.raw, undecoded), true
	}
	var b strings.Builder
	b.Grow(size)
	for i := first; i >= 0; i = header.Find(name, i+1) {
		b.WriteString(fieldText(&all[i], h.raw, undecoded))
	}
	return b.String(), true
}

// fieldText returns a field's value with a newline: as it was, or unfolded and decoded.
func fieldText(f *message.Field, raw, undecoded bool) string {
	if raw {
		return strings.ReplaceAll(rawValue(f), "\r\n", "\n")
	}
	if undecoded {
		return f.Value() + "\n"
	}
	return f.Line()
}

func rawValue(f *message.Field) string {
	raw := f.Raw()
	return string(raw[bytes.IndexByte(raw, ':')+1:])
}

// all returns the whole header.
func (sc *Scan) all(raw bool) string {
	var b strings.Builder
	fields := sc.msg.Header().Fields()
	size := 0
	for i := range fields {
		size += len(fields[i].Raw()) + 1
	}
	b.Grow(size)
	for i := range fields {
		f := &fields[i]
		if raw {
			b.WriteString(strings.ReplaceAll(string(f.Raw()), "\r\n", "\n"))
			continue
		}
		b.WriteString(f.Name)
		b.WriteString(": ")
		b.WriteString(f.Decoded())
		b.WriteByte('\n')
	}
	return b.String()
}
