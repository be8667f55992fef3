package milter

import (
	"slices"
	"strings"
	"time"

	"asterism/connpool"
	"asterism/tag"
)

// assembly puts a mail together again from the header fields and body chunks that the MTA hands out.
//
// A mail's size is what the client sent, as far as it gets here: the fields the MTA passes on, each with its CRLF,
// the empty line, and the body with CRLF line ends. The MTA's own Received field is not among them.
type assembly struct {
	limit        int  // size from which on nothing is kept
	leadingSpace bool // values come with the space that followed the colon

	names []string // fields that are ours to write
	seen  []string // names of the fields so far, up to maxSeen
	pass  string   // name of the field that lets mails of the quarantine pass; empty without one

	raw      []byte
	bytes    *connpool.Share // what raw takes
	checking func() bool     // reports whether mails are being checked, whose memory will be free
	room     func() bool     // makes room where the bytes are too few, and reports whether there will be any
	overload bool            // there was no memory for raw
	size     int             // bytes seen so far; not all of a mail that was skipped
	header   int             // bytes of the header with the empty line, once it has ended
	forged   []int           // fields that claim to be ours, by place in names
	subject  *string         // value of the first Subject field, nil if there is none
	passes   []string        // values of the fields named by pass

	shownValues [len(shownFields)]string
	results     results
	odd         []spelling // fields under other spellings of our names
	hidden      []hidden
}

// spelling is the fields of one name that some programs take for one of ours, as the MTA counts them.
type spelling struct {
	name   string
	count  int
	forged []int // those to be removed, counted from 1, ascending
}

// hidden is a field in which some programs find one of ours, and its value without that.
type hidden struct {
	name  string
	index int // of the fields of that name, from 1
	value string
}

// maxSeen is how many names are kept, of fields that are looked for later.
const maxSeen = 10_000

// results are the mail's Authentication-Results fields as the MTA counts them.
type results struct {
	count  int
	forged []int // those in the site's own name, counted from 1, ascending
}

// add counts a field.
func (r *results) add(forged bool) {
	if r.count++; forged {
		r.forged = append(r.forged, r.count)
	}
}

// isNamed reports whether a field's name, as the MTA hands it out, is the given one.
func isNamed(name, wanted string) bool {
	return strings.EqualFold(strings.TrimRight(name, " \t"), wanted)
}

// assemble begins a mail.
func assemble(limit int, bytes *connpool.Share, leadingSpace bool, names []string, pass string) assembly {
	return assembly{limit: limit, bytes: bytes, leadingSpace: leadingSpace, names: names, pass: pass,
		forged: make([]int, len(names))}
}

// field appends a header field. Its folds come as LF, with CR before it or not.
func (a *assembly) field(name, value string) {
	bare := strings.TrimRight(name, " \t")
	ours := false
	for i, own := range a.names {
		if strings.EqualFold(bare, own) {
			a.forged[i]++
			ours = true
		} else if tag.Claims(bare, own) {
			a.spelled(bare, true)
			ours = true
		}
	}
	if len(a.seen) < maxSeen {
		a.seen = append(a.seen, bare)
		if cleaned, found := tag.Hidden(value, a.names); found && !ours {
			value = string(cleaned)
			a.hidden = append(a.hidden, hidden{bare, a.count(bare), value})
		}
	}
	if a.pass != "" && strings.EqualFold(bare, a.pass) {
		a.passes = append(a.passes, value)
	}
	a.show(bare, value)
	if a.subject == nil && strings.EqualFold(bare, "Subject") {
		a.subject = &value
	}
	colon := ": "
	if a.leadingSpace {
		colon = ":"
	}
	a.add(name, colon)
	for i, rest, more := 0, value, true; more; i++ {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		if i > 0 && !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "\t") {
			a.add("\t") // whatever the line looks like, the MTA has said that it is the field's
		}
		a.add(strings.TrimSuffix(line, "\r"), "\r\n")
	}
}

// spelled counts a field under a name of which the MTA does not know that it is like one of ours.
func (a *assembly) spelled(name string, forged bool) {
	i := slices.IndexFunc(a.odd, func(s spelling) bool { return strings.EqualFold(s.name, name) })
	if i < 0 {
		if len(a.odd) == maxSpellings {
			return
		}
		i = len(a.odd)
		a.odd = append(a.odd, spelling{name: name})
	}
	s := &a.odd[i]
	if s.count++; forged {
		s.forged = append(s.forged, s.count)
	}
}

// maxSpellings bounds the ways to write our names that are kept of a mail, each of which is compared with the next.
const maxSpellings = 200

// count returns how many fields of a name there have been, as the MTA counts them.
func (a *assembly) count(name string) int {
	n := 0
	for _, seen := range a.seen {
		if strings.EqualFold(seen, name) {
			n++
		}
	}
	return n
}

// subjectText returns the subject as it came.
func (a *assembly) subjectText() string {
	if a.subject == nil {
		return ""
	}
	return *a.subject
}

// endOfHeader appends the empty line.
func (a *assembly) endOfHeader() {
	a.add("\r\n")
	a.header = a.size
}

// body appends a chunk.
func (a *assembly) body(chunk []byte) {
	a.size += len(chunk)
	if a.keeps(len(chunk)) {
		a.raw = append(a.raw, chunk...)
	}
}

func (a *assembly) add(parts ...string) {
	for _, s := range parts {
		a.size += len(s)
		if a.keeps(len(s)) {
			a.raw = append(a.raw, s...)
		}
	}
}

// keeps makes sure that there may be n more bytes, or gives the mail up if it is too large or there is no memory for
// it.
func (a *assembly) keeps(n int) bool {
	if !a.tooLarge() && !a.overload && a.grow(n) {
		return true
	}
	a.overload = !a.tooLarge()
	a.raw = nil
	a.bytes.GiveAll()
	return false
}

// grow makes sure that raw has space for n more bytes. Its memory counts as a whole, used or not.
func (a *assembly) grow(n int) bool {
	need := len(a.raw) + n
	if need <= cap(a.raw) {
		return true
	}
	size := max(need, min(2*cap(a.raw), cap(a.raw)+max(maxGrowth, cap(a.raw)/4)))
	if more := int64(size - cap(a.raw)); !a.bytes.Take(more) && !a.reserve(more) {
		return false
	}
	grown := make([]byte, len(a.raw), size)
	copy(grown, a.raw)
	a.raw = grown
	return true
}

// maxGrowth is how many bytes of memory a mail gets ahead of its need, at most; a quarter of its own if that is more.
const maxGrowth = 1 << 20

// While mails are being checked, which will give their memory back, a mail waits for it: less than the 10 s that
// sendmail waits for a reply by default. Else it waits for the memory of connections that have to make room.
const (
	patience     = 2 * time.Second
	longPatience = 8 * time.Second
)

// reserve waits until there is memory for n more bytes, and reports whether there is.
func (a *assembly) reserve(n int64) bool {
	now := time.Now()
	deadline, last := now.Add(patience), now.Add(longPatience)
	for ; !a.bytes.Take(n); time.Sleep(time.Millisecond) {
		now = time.Now()
		if a.checking() && now.Before(last) {
			deadline = now.Add(patience)
		} else if !a.room() || now.After(deadline) {
			return false
		}
	}
	return true
}

// tooLarge reports whether the mail has reached the size from which on it is not checked.
func (a *assembly) tooLarge() bool { return a.size >= a.limit }

// take returns the mail and gives it up.
func (a *assembly) take() []byte {
	raw := a.raw
	a.raw = nil
	return raw
}

// forgedFields counts the fields that claim to be ours.
func (a *assembly) forgedFields() int {
	n := 0
	for _, k := range a.forged {
		n += k
	}
	for i := range a.odd {
		n += len(a.odd[i].forged)
	}
	n += len(a.hidden)
	return n
}
