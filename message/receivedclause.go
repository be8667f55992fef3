package message

import "strings"

// clause is the text after one of the key words of a Received field.
type clause struct {
	words     [4]string
	comments  [6]string // in parentheses, which are removed
	text      string    // from the first word up to the first comment or the end
	nWords    int
	nComments int
}

// word returns the clause's i-th word, "" if there are fewer.
func (c *clause) word(i int) string {
	if i >= 0 && i < c.nWords {
		return c.words[i]
	}
	return ""
}

// clauses are the clauses of a Received field.
type clauses struct {
	from, by, via, with, id, recipient clause
	sender                             clause // a later from clause: XMail's envelope sender
	date                               string
	idFirst                            bool // the id clause stands before the by clause
}

// split divides the value of a Received field. Ok is false if it does not start with a from clause: it tells of
// no client then.
func (c *clauses) split(value string) (ok bool) {
	s := value
	if i := strings.LastIndexByte(s, ';'); i >= 0 {
		c.date = strings.TrimSpace(s[i+1:])
		s = s[:i]
	}
	s = strings.TrimLeft(s, " \t")
	inner := false
	if strings.HasPrefix(s, "(from ") { // the whole clause in parentheses
		s = s[1:]
		inner = true
	}
	if len(s) < 5 || !strings.EqualFold(s[:4], "from") || s[4] != ' ' && s[4] != '\t' && s[4] != '(' {
		ok = false
	} else {
		ok = true
		s = s[4:]
	}
	var ends closings
	current := &c.from
	start := -1 // of the current clause's text in s
	for i := 0; i < len(s); {
		switch s[i] {
		case ' ', '\t', '\r', '\n', ';':
			i++
			continue
		case ')':
			i++
			if inner {
				inner = false
			}
			continue
		case '(':
			end := ends.comment(s, i)
			if end == 0 {
				if strings.IndexByte(s[i+1:], '(') >= 0 { // one too many: others may be closed
					i++
					continue
				}
				end = len(s)
			}
			if start >= 0 {
				current.text = s[start:i]
				start = -1
			}
			if current.nComments < len(current.comments) {
				current.comments[current.nComments] = strings.TrimSpace(strings.TrimSuffix(s[i+1:end], ")"))
				current.nComments++
			}
			i = end
			continue
		}
		n := 1
		for i+n < len(s) && !endsWord[s[i+n]] {
			n++
		}
		word := s[i : i+n]
		if next := c.clause(word); next != nil && next.nWords == 0 && next.nComments == 0 && !c.isName(s[i+n:]) {
			if start >= 0 {
				current.text = s[start:i]
			}
			c.idFirst = c.idFirst || next == &c.by && c.id.nWords > 0
			current, start = next, -1
		} else if current.nWords < len(current.words) {
			if current.nWords == 0 {
				start = i
			}
			current.words[current.nWords] = word
			current.nWords++
		}
		i += n
	}
	if start >= 0 {
		current.text = s[start:]
	}
	return ok
}

// isName reports whether a key word before rest is the client's name: it is the first word of the from clause, and what
// the relay knows of the client follows. Any word may be a HELO.
func (c *clauses) isName(rest string) bool {
	if c.from.nWords+c.from.nComments+c.by.nWords+c.via.nWords+c.with.nWords+c.id.nWords > 0 {
		return false
	}
	rest = strings.TrimLeft(rest, " \t")
	return rest != "" && (rest[0] == '(' || rest[0] == '[')
}

// softwareIs reports whether the relay names its software so, in a comment of the by, via or with clause. What stands
// elsewhere may be the words of the client: its HELO, the recipient, a certificate.
func (c *clauses) softwareIs(name string) bool {
	for _, clause := range [...]*clause{&c.by, &c.via, &c.with} {
		for _, text := range clause.comments[:clause.nComments] {
			if strings.HasPrefix(text, name) {
				return true
			}
		}
	}
	return false
}

// endsWord is the bytes that end a word outside comments.
var endsWord = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, '(': true, ';': true, ')': true}

// clause returns the clause that a key word starts, nil for other words.
func (c *clauses) clause(word string) *clause {
	switch len(word) {
	case 2:
		if strings.EqualFold(word, "by") {
			return &c.by
		} else if strings.EqualFold(word, "id") {
			return &c.id
		}
	case 3:
		if strings.EqualFold(word, "via") {
			return &c.via
		} else if strings.EqualFold(word, "for") {
			return &c.recipient
		}
	case 4:
		if strings.EqualFold(word, "with") {
			return &c.with
		} else if strings.EqualFold(word, "from") {
			return &c.sender
		}
	}
	return nil
}
