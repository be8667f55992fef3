package dkim

import (
	"errors"
	"strings"
)

// tag is one tag of a list (RFC 6376, section 3.2).
type tag struct {
	name, value string
	start, end  int // where the value is in the list, with the white space around it
}

// tags is a list of tags, each name at most once.
type tags []tag

// maxTags is how many tags a list may have. RFC 6376 defines 14 for signatures; each one is compared with those before
// it.
const maxTags = 100

var (
	errTagList   = errors.New("malformed list of tags")
	errTwiceSaid = errors.New("a tag occurs twice")
	errManyTags  = errors.New("too many tags")
)

// parseTags reads a list of tags. White space is what RFC 5322 calls FWS: any other byte belongs to a name or a value,
// so that a name such as "d\v" is none of ours.
func parseTags(list string) (tags, error) {
	var all tags
	for at := 0; at < len(list); {
		end := len(list)
		if i := strings.IndexByte(list[at:], ';'); i >= 0 {
			end = at + i
		}
		one := list[at:end]
		equals := strings.IndexByte(one, '=')
		switch {
		case equals >= 0:
			t := tag{trim(one[:equals]), trim(one[equals+1:]), at + equals + 1, end}
			if _, ok := all.find(t.name); ok {
				return nil, errTwiceSaid
			}
			if len(all) == maxTags {
				return nil, errManyTags
			}
			all = append(all, t)
		case trim(one) != "":
			return nil, errTagList
		}
		at = end + 1
	}
	return all, nil
}

func (all tags) find(name string) (tag, bool) {
	for _, t := range all {
		if t.name == name {
			return t, true
		}
	}
	return tag{}, false
}

// get returns a tag's value without any white space, as the values of most tags are meant.
func (all tags) get(name string) (string, bool) {
	t, ok := all.find(name)
	return strip(t.value), ok
}

// list returns a tag's value as the list of words between colons.
func (all tags) list(name string) []string {
	value, ok := all.get(name)
	if !ok {
		return nil
	}
	return strings.Split(value, ":")
}

const foldingSpace = " \t\r\n"

func trim(s string) string { return strings.Trim(s, foldingSpace) }

// strip removes all white space.
func strip(s string) string {
	if !strings.ContainsAny(s, foldingSpace) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 && strings.IndexByte(foldingSpace, byte(r)) >= 0 {
			return -1
		}
		return r
	}, s)
}
