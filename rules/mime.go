package rules

import (
	"errors"
	"strings"

	"asterism/message"
	"asterism/rules/perlre"
)

// fileNames is the name by which mimeheader rules ask for the file names of a part, each on a line of its own: all that
// its fields give, decoded. See message.Part.Names.
const fileNames = "FILENAME"

// mimeSpec has the options of a mimeheader rule beside its header.
type mimeSpec struct {
	header      headerSpec
	first, last int // parts, counted from 1; last 0 is all
	concat      bool
}

// mimeRule reads "Name =~ /expression/".
func (b *builder) mimeRule(r *Rule, value string) error {
	if strings.HasPrefix(value, "exists:") {
		return errors.New("cannot test the existence of a field")
	}
	before := len(b.set.headers)
	if err := b.headerRule(r, value); err != nil {
		return err
	}
	r.mime.header = b.set.headers[r.header]
	if len(b.set.headers) > before { // it is not asked for as a header of the mail
		b.set.headers = b.set.headers[:before]
		for k, id := range b.headerIDs {
			if int(id) == before {
				delete(b.headerIDs, k)
			}
		}
	}
	r.header = -1
	return nil
}

// mimeFlags reads the tflags range=x-y and concat.
func (r *Rule) mimeFlags() {
	r.mime.first = 1
	for _, f := range r.Flags {
		if span, ok := strings.CutPrefix(f, "range="); ok {
			from, to, isSpan := strings.Cut(span, "-")
			r.mime.first, r.mime.last = max(atoi(from), 1), atoi(to)
			if !isSpan {
				r.mime.last = r.mime.first
			}
		}
		if f == "concat" {
			r.mime.concat = true
		}
	}
}

// mimeGroup is the mimeheader rules that ask for one header of whatever part.
type mimeGroup struct {
	header headerSpec
	rules  []*Rule
	*group
}

// addMIME adds a mimeheader rule to the group of its header, if it has nothing special.
func (p *phase) addMIME(r *Rule) {
	if r.mime.concat || r.isUnset || r.negated || r.multiple || r.mime.first > 1 || r.mime.last > 0 ||
		r.mime.header.name == "ALL" {
		p.mime = append(p.mime, r)
		return
	}
	for i := range p.mimeGroups {
		if g := &p.mimeGroups[i]; g.header == r.mime.header {
			g.rules = append(g.rules, r)
			return
		}
	}
	p.mimeGroups = append(p.mimeGroups, mimeGroup{header: r.mime.header, rules: []*Rule{r}})
}

// matchMIMEGroups tries the groups against the headers of all parts.
func (sc *Scan) matchMIMEGroups(groups []mimeGroup) {
	walk(sc.msg.Root(), func(p *message.Part) {
		for k := range groups {
			h := groups[k].header
			if h.name == fileNames {
				if value := h.ofPart(p); value != "" {
					t := perlre.NewText(value)
					sc.match(groups[k].group, &t)
				}
				continue
			}
			for i := p.Header.Find(h.name, 0); i >= 0; i = p.Header.Find(h.name, i+1) {
				t := perlre.NewText(h.fieldOfPart(&p.Header.Fields()[i]))
				sc.match(groups[k].group, &t)
			}
		}
	})
}

// matchMIME tries a mimeheader rule against the header of each part, up to the first in which it hits: it is there
// that a rule with the flag multiple counts.
func (sc *Scan) matchMIME(r *Rule) {
	var joined strings.Builder
	found := false
	number := 0
	walk(sc.msg.Root(), func(p *message.Part) {
		number++
		if number < r.mime.first || r.mime.last > 0 && number > r.mime.last || sc.values[r.index] != 0 {
			return
		}
		value := r.mime.header.ofPart(p)
		found = found || value != ""
		switch {
		case r.mime.concat:
			joined.WriteString(value)
		case value != "" || r.negated:
			t := perlre.NewText(value)
			sc.try(r, &t, nil)
		}
	})
	if r.mime.concat && joined.Len() > 0 {
		t := perlre.NewText(joined.String())
		sc.try(r, &t, nil)
	}
	if !found && r.isUnset {
		t := perlre.NewText(r.unset)
		sc.try(r, &t, nil)
	}
}

// ofPart returns the fields of that name in a part's header, or all, one behind the other.
func (h headerSpec) ofPart(p *message.Part) string {
	var b strings.Builder
	if h.name == fileNames {
		for _, name := range p.Names() {
			b.WriteString(name + "\n")
		}
		return b.String()
	}
	fields := p.Header.Fields()
	for i := range fields {
		switch {
		case h.name == "ALL" && h.raw:
			b.Write(fields[i].Raw())
		case h.name == "ALL":
			b.WriteString(fields[i].Name + ":" + fieldText(&fields[i], false, false))
		case fields[i].Is(h.name):
			b.WriteString(h.fieldOfPart(&fields[i]))
		}
	}
	return b.String()
}

// fieldOfPart returns a field's value. One as it was, :raw, begins with its first character that is no white space, as
// SpamAssassin divides the fields of parts.
func (h headerSpec) fieldOfPart(f *message.Field) string {
	value := fieldText(f, h.raw, false)
	if h.raw {
		return strings.TrimLeft(value, " \t\n")
	}
	return value
}

// walk visits a part and all within it, in order, in each way of reading it.
func walk(p *message.Part, visit func(*message.Part)) {
	visit(p)
	for _, c := range p.Children {
		walk(c, visit)
	}
	for _, o := range p.Others {
		walk(o, visit)
	}
}
