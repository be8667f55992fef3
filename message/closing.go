package message

import "strings"

// closings finds the ends of the quoted strings and comments of one text (RFC 5322 sections 3.2.2 and 3.2.4). However
// many of them are not closed, the text is read twice at most: the first that is not makes a table for those behind
// it.
type closings struct {
	quotes   []int32 // by position: of the closing quote from there on
	comments []int32 // by position: of the parenthesis that closes what is open there
}

// quoted returns where the quoted string ends that begins at start, behind its closing quote; 0 if it does not end.
func (c *closings) quoted(s string, start int) int {
	if c.quotes == nil {
		if end := quotedLen(s[start:]); end > 0 {
			return start + end
		}
		c.quotes = make([]int32, len(s)+2)
		for i := len(s) - 1; i > start; i-- {
			switch s[i] {
			case '"':
				c.quotes[i] = int32(i + 1)
			case '\\':
				c.quotes[i] = c.quotes[i+2]
			default:
				c.quotes[i] = c.quotes[i+1]
			}
		}
		return 0
	}
	return int(c.quotes[start+1])
}

// comment returns where the comment ends that begins at start, behind its closing parenthesis; 0 if it does not end.
func (c *closings) comment(s string, start int) int {
	if c.comments == nil {
		if end := CommentLen(s[start:]); end > 0 {
			return start + end
		}
		c.comments = make([]int32, len(s)+2)
		for i := len(s) - 1; i > start; i-- {
			switch s[i] {
			case ')':
				c.comments[i] = int32(i + 1)
			case '(':
				if end := c.comments[i+1]; end > 0 {
					c.comments[i] = c.comments[end]
				}
			case '\\':
				c.comments[i] = c.comments[i+2]
			default:
				c.comments[i] = c.comments[i+1]
			}
		}
		return 0
	}
	return int(c.comments[start+1])
}

// quotedLen returns the length of the quoted string at the start of s, 0 if it does not end.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return 0
}

// lookahead finds the next of some bytes from positions that only grow, and looks at no byte twice.
type lookahead struct {
	at    int
	known bool
}

// find returns where one of the bytes next occurs from a position on, len(s) if none does.
func (l *lookahead) find(s, bytes string, from int) int {
	if !l.known || l.at < from {
		l.known, l.at = true, len(s)
		if n := strings.IndexAny(s[from:], bytes); n >= 0 {
			l.at = from + n
		}
	}
	return l.at
}
