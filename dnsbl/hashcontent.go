package dnsbl

import (
	"errors"
	"strings"
)

// Part is a leaf of a message's MIME structure.
type Part struct {
	Type  string   // media type, in lower case
	Names []string // file names
	Data  []byte   // transfer encoding undone
}

// setExpression makes the lookup use the matches of an expression's group in the text for rules of a kind.
func (h *hashLookup) setExpression(opt *Options, kind, pattern string) error {
	if pattern == "" || opt.Extract == nil {
		return errors.New("check_hashbl_bodyre takes a list, options and an expression with a group")
	}
	extract, err := opt.Extract(pattern)
	if err != nil {
		return err
	}
	h.find = func(_ *Running, q *Query) []string {
		if q.Texts == nil {
			return nil
		}
		var found []string
		for _, text := range q.Texts(kind) {
			for _, v := range extract(text) {
				if h.opts.words["num"] {
					v = digits(v)
				}
				if v != "" {
					found = append(found, v)
				}
			}
		}
		return found
	}
	return nil
}

// digits returns the digits of a text.
func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

// attachments returns the hashes of the message's parts, except parts with a type, name or hash in hashbl_ignore.
func (h *hashLookup) attachments(r *Running, q *Query) []string {
	if q.Parts == nil {
		return nil
	}
	var hashes []string
	for _, p := range q.Parts() {
		size := len(p.Data)
		if size == 0 || size < h.opts.min || h.opts.top > 0 && size > h.opts.top || r.c.plain[p.Type] {
			continue
		}
		ignored := false
		for _, name := range p.Names {
			ignored = ignored || r.c.plain[strings.ToLower(name)]
		}
		if hash := h.opts.hash(p.Data); !ignored && !r.c.plain[hash] {
			hashes = append(hashes, hash)
		}
	}
	return hashes
}
