package history

import (
	"slices"
	"strings"
	"unicode"

	"asterism/envelope"
)

// matches reports whether a record matches the query. Paging and Limit are the caller's.
func (q *Query) matches(r *Record, hide hider) bool {
	return q.matchesColumns(r) &&
		(q.QueueID == "" || strings.EqualFold(r.QueueID, q.QueueID)) &&
		(q.MessageID == "" || strings.EqualFold(r.MessageID, bareID(q.MessageID))) &&
		(q.Recipient == "" || anyAddress(q.Recipient, q.recipients(r)...)) &&
		(q.Sender == "" || isFrom(r, q.Sender, hide)) &&
		(q.Client == "" || isClient(r, q.Client)) &&
		(q.Subject == "" || hasWords(r, q.Subject, hide)) &&
		(q.Test == "" || hasTest(r, q.Test)) &&
		(q.Action == "" || strings.EqualFold(r.Action, q.Action)) &&
		(q.Host == "" || strings.EqualFold(r.Host, q.Host)) &&
		(q.Front == "" || strings.EqualFold(r.Front, q.Front)) &&
		(q.digest == 0 || r.digest == q.digest) &&
		!slices.ContainsFunc(strings.Fields(q.Text), func(w string) bool { return !q.matchesWord(w, r, hide) }) &&
		(q.Domains == nil || slices.ContainsFunc(q.Domains,
			func(d string) bool { return anyAddress(d, r.Recipients...) }))
}

// matchesColumns is the part of matches that an index has all about.
func (q *Query) matchesColumns(r *Record) bool {
	return (q.Since.IsZero() || !r.Time.Before(q.Since)) &&
		(q.Until.IsZero() || r.Time.Before(q.Until)) &&
		(q.MinScore == nil || r.Scanned && r.Score >= *q.MinScore) &&
		(q.MaxScore == nil || r.Scanned && r.Score < *q.MaxScore) &&
		(q.Spam == nil || r.Scanned && r.Spam() == *q.Spam)
}

// matchesWord reports whether one word of a person's search is said of a record.
func (q *Query) matchesWord(word string, r *Record, hide hider) bool {
	return strings.EqualFold(r.QueueID, word) || strings.EqualFold(r.MessageID, bareID(word)) ||
		anyAddress(word, q.recipients(r)...) || isFrom(r, word, hide) || isClient(r, word) ||
		strings.EqualFold(r.Action, word) || hasTest(r, word) || hasWords(r, word, hide)
}

// recipients returns the recipients of a record that the account may see: a search for another of the same mail would
// tell who else got it.
func (q *Query) recipients(r *Record) []string {
	if q.Domains == nil {
		return r.Recipients
	}
	return slices.DeleteFunc(slices.Clone(r.Recipients), func(to string) bool {
		return !slices.ContainsFunc(q.Domains, func(d string) bool { return anyAddress(d, to) })
	})
}

func isClient(r *Record, text string) bool {
	return r.Client.IsValid() && r.Client.String() == strings.ToLower(text) ||
		r.ClientName != "" && strings.EqualFold(r.ClientName, text)
}

func hasTest(r *Record, name string) bool {
	return slices.ContainsFunc(r.Tests, func(t Test) bool { return strings.EqualFold(t.Name, name) })
}

// isFrom reports whether a mail came from an address or a domain, by the envelope or by its From field.
func isFrom(r *Record, text string, hide hider) bool {
	return anyAddress(text, r.Sender, fromAddress(r.From)) || slices.Contains(r.hidden, hide.address(text))
}

// hasWords reports whether all words of a text are in the subject.
func hasWords(r *Record, text string, hide hider) bool {
	wanted, there := words(text), words(r.Subject)
	return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(w string) bool {
		return !slices.Contains(there, w) && !slices.Contains(r.hidden, hide.word(w))
	})
}

// bareID returns a Message-ID without its angle brackets.
func bareID(id string) string { return strings.Trim(id, "<> \t") }

// anyAddress reports whether one of the addresses is the given one, or is in the given domain.
func anyAddress(wanted string, addresses ...string) bool {
	wanted = addressKey(wanted)
	return wanted != "" && slices.ContainsFunc(addresses, func(a string) bool {
		key := addressKey(a)
		return key == wanted || domainOf(key) == wanted
	})
}

// addressKey returns the canonical form of an address. For a domain, with or without an @ before it, it is the domain.
func addressKey(a string) string {
	return strings.ToLower(envelope.Mailbox(strings.TrimPrefix(strings.TrimSpace(a), "@")))
}

// domainOf returns the domain of an address in its plain form, "" if it has none.
func domainOf(key string) string {
	if at := strings.LastIndexByte(key, '@'); at >= 0 {
		return key[at+1:]
	}
	return ""
}

// fromAddress returns the address in the decoded value of a From field, as far as a search needs it.
func fromAddress(from string) string {
	if open := strings.LastIndexByte(from, '<'); open >= 0 {
		from = from[open+1:]
		if end := strings.IndexByte(from, '>'); end >= 0 {
			return from[:end]
		}
	}
	return strings.TrimSpace(from)
}

// words returns the words of a subject, in lower case.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}
