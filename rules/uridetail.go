package rules

import (
	"errors"
	"fmt"
	"strings"

	"asterism/message"
	"asterism/rules/perlre"
)

// uriCondition is one condition of a uri_detail rule: a property of a URI, and an expression for it.
type uriCondition struct {
	key     string
	negated bool
	re      *perlre.Regexp
}

// parseURIDetail reads "key =~ /expression/ key !~ /expression/ …".
func parseURIDetail(s string) ([]uriCondition, error) {
	var all []uriCondition
	for s != "" {
		var c uriCondition
		i := strings.IndexAny(s, "=!")
		if i < 0 || i+1 >= len(s) || s[i+1] != '~' {
			return nil, errors.New("is not of the form: key =~ /expression/")
		}
		c.key, c.negated = strings.ToLower(strings.TrimSpace(s[:i])), s[i] == '!'
		switch c.key {
		case "raw", "type", "cleaned", "text", "domain", "host":
		default:
			return nil, fmt.Errorf("%q is not raw, type, cleaned, text, domain or host", c.key)
		}
		s = strings.TrimSpace(s[i+2:])
		end := patternEnd(s)
		if end == 0 {
			return nil, errors.New("expression is not in slashes")
		}
		rest := strings.TrimLeft(s[end:], "imsxgo")
		pattern, letters, err := cutPattern(s[:len(s)-len(rest)])
		if err == nil {
			c.re, err = perlre.Compile(pattern, letters)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		s = strings.TrimSpace(rest)
	}
	return all, nil
}

// patternEnd returns where an expression in slashes (or m{}) ends, behind the delimiter; 0 if it does not.
func patternEnd(s string) int {
	start := 1
	if strings.HasPrefix(s, "m") {
		start = 2
	}
	if len(s) <= start {
		return 0
	}
	end := s[start-1]
	if i := strings.IndexByte("({[<", end); i >= 0 {
		end = ")}]>"[i]
	}
	for i := start; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case end:
			return i + 1
		}
	}
	return 0
}

// matchURIDetail reports whether all conditions of a rule hold for one URI of the message.
func (sc *Scan) matchURIDetail(r *Rule) bool {
	uris := sc.allURIs()
	for i := range uris {
		if r.matchDetail(func(key string) []string { return uriDetail(&uris[i], key) }) {
			return true
		}
	}
	if sc.set.shared.follows {
		uris = sc.attached().URIs
		for i := range uris {
			if r.matchDetail(func(key string) []string { return uriDetail(&uris[i], key) }) {
				return true
			}
		}
	}
	for _, domain := range sc.signedDomains() {
		if r.matchDetail(func(key string) []string { return domainDetail(domain, key) }) {
			return true
		}
	}
	return false
}

// matchDetail reports whether all conditions hold for a URI with these properties.
func (r *Rule) matchDetail(values func(key string) []string) bool {
	for i := range r.detail {
		if c := &r.detail[i]; !c.match(values(c.key)) {
			return false
		}
	}
	return true
}

// match reports whether the condition holds for a property's values. It does not for one that the URI does not have.
func (c *uriCondition) match(values []string) bool {
	for _, v := range values {
		t := perlre.NewText(v)
		if ok, err := c.re.Match(&t); ok && err == nil {
			return !c.negated
		}
	}
	return c.negated && len(values) > 0
}

// uriDetail returns a property of a URI.
func uriDetail(u *message.URI, key string) []string {
	raw := u.Raw
	if u.Bare && u.Scheme != "mailto" {
		raw = u.Scheme + "://" + raw
	}
	switch key {
	case "raw":
		return []string{raw}
	case "cleaned":
		return []string{raw, u.URL}
	case "type":
		return uriTypes(u)
	case "text":
		if u.Anchor != "" {
			return []string{u.Anchor}
		}
	case "domain":
		return []string{registrable(u.Host)}
	case "host":
		return []string{u.Host}
	}
	return nil
}

// uriTypes says where a URI was found: "parsed" is running text, the others are elements.
func uriTypes(u *message.URI) []string {
	types := []string{"link"}
	switch u.Source {
	case message.SourceText:
		return []string{"parsed"}
	case message.SourceAttachment: // SpamAssassin's plug-ins add links of documents as if they were in the text
		return []string{"parsed", "attachment"}
	case message.SourceNested:
		return nil
	case message.SourceLink:
		types[0] = "a"
	case message.SourceImage:
		types[0] = "img"
	case message.SourceForm:
		types[0] = "form"
	}
	if u.InText {
		types = append(types, "parsed")
	}
	return types
}

// domainDetail returns a property of the domain of a signature.
func domainDetail(domain, key string) []string {
	switch key {
	case "raw", "cleaned":
		return []string{"domainkeys:" + domain}
	case "type":
		return []string{"domainkeys"}
	case "domain":
		return []string{registrable(domain)}
	case "host":
		return []string{domain}
	}
	return nil
}

// signedDomains returns the domains that DKIM signatures name, none with parse_dkim_uris 0.
func (sc *Scan) signedDomains() []string {
	if !sc.set.cfg.ParseDKIMURIs {
		return nil
	}
	var domains []string
	fields := sc.msg.Header().Fields()
	for i := range fields {
		if !fields[i].Is("DKIM-Signature") && !fields[i].Is("DomainKey-Signature") {
			continue
		}
		for tag := range strings.SplitSeq(fields[i].Value(), ";") {
			name, value, _ := strings.Cut(tag, "=")
			if value = strings.TrimSpace(value); strings.TrimSpace(name) == "d" && value != "" {
				domains = append(domains, strings.ToLower(value))
			}
		}
	}
	return domains
}
