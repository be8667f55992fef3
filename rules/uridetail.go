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
			return nil, fmt.Errorf("%q is none of raw, type, cleaned, text, domain, host", c.key)
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

// matchURIDetail says whether all conditions of a rule hold for one URI of the message.
func (sc *Scan) matchURIDetail(r *Rule) bool {
	for _, u := range sc.msg.URIs() {
		all := true
		for i := range r.detail {
			if !r.detail[i].match(&u) {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

func (c *uriCondition) match(u *message.URI) bool {
	var values []string
	switch c.key {
	case "raw":
		values = []string{u.Raw}
	case "type":
		switch u.Source {
		case message.SourceText, message.SourceNested:
			values = []string{"parsed"}
		case message.SourceLink:
			values = []string{"a"}
		case message.SourceImage:
			values = []string{"img"}
		case message.SourceForm:
			values = []string{"form"}
		default:
			values = []string{"link"}
		}
	case "cleaned":
		values = []string{u.Raw, u.URL}
	case "text":
		if u.Anchor != "" {
			values = []string{u.Anchor}
		}
	case "domain":
		values = []string{registrable(u.Host)}
	case "host":
		values = []string{u.Host}
	}
	found := false
	for _, v := range values {
		t := perlre.NewText(v)
		if ok, err := c.re.Match(&t); ok && err == nil {
			found = true
			break
		}
	}
	return found != c.negated
}
