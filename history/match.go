package history

import (
	"slices"
	"strings"
	"unicode"

	"asterism/envelope"
)

// Match reports whether a record is what the query asks for. Paging and Limit are the caller's.
func (q *Query) Match(r *Record) bool {
	return (q.QueueID == "" || strings.EqualFold(r.QueueID, q.QueueID)) &&
		(q.MessageID == "" || strings.EqualFold(r.MessageID, bareID(q.MessageID))) &&
		(q.Recipient == "" || anyAddress(q.Recipient, r.Recipients...)) &&
		(q.Sender == "" || anyAddress(q.Sender, r.Sender) || anyAddress(q.Sender, fromAddress(r.From))) &&
		(q.Client == "" || r.Client.String() == q.Client || strings.EqualFold(r.ClientName, q.Client)) &&
		(q.Test == "" || slices.ContainsFunc(r.Tests, func(t Test) bool { return strings.EqualFold(t.Name, q.Test) })) &&
		(q.Action == "" || strings.EqualFold(r.Action, q.Action)) &&
		(q.Host == "" || strings.EqualFold(r.Host, q.Host)) &&
		(q.Front == "" || strings.EqualFold(r.Front, q.Front)) &&
		(q.Since.IsZero() || !r.Time.Before(q.Since)) &&
		(q.Until.IsZero() || r.Time.Before(q.Until)) &&
		(q.MinScore == nil || r.Scanned && r.Score >= *q.MinScore) &&
		(q.MaxScore == nil || r.Scanned && r.Score < *q.MaxScore) &&
		(q.Spam == nil || r.Scanned && r.Spam() == *q.Spam) &&
		(q.Taught == 0 || r.Class() == q.Taught) &&
		(!q.AnyTaught || r.Class() != 0) &&
		(q.Subject == "" || hasWords(r, q.Subject)) &&
		!slices.ContainsFunc(strings.Fields(q.Text), func(w string) bool { return !matchesWord(w, r) }) &&
		(q.Domains == nil || slices.ContainsFunc(q.Domains, func(d string) bool { return anyAddress(d, r.Recipients...) }))
}

// bareID returns a Message-ID without its angle brackets.
func bareID(id string) string { return strings.Trim(id, "<> \t") }

// anyAddress reports whether one of the addresses is the given one, or is in the given domain.
func anyAddress(wanted string, addresses ...string) bool {
	wanted = addressKey(wanted)
	for _, a := range addresses {
		key := addressKey(a)
		if key != "" && (key == wanted || domainOf(key) == strings.TrimPrefix(wanted, "@")) {
			return true
		}
	}
	return false
}

// addressKey returns the form by which spellings of one address, or domain, are the same.
func addressKey(a string) string { return strings.ToLower(envelope.Mailbox(a)) }

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
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// matchesWord reports whether one word of a person's search is said of a record.
func matchesWord(word string, r *Record) bool {
	return strings.EqualFold(r.QueueID, word) ||
		strings.EqualFold(r.MessageID, bareID(word)) ||
		anyAddress(word, r.Recipients...) || anyAddress(word, r.Sender) || anyAddress(word, fromAddress(r.From)) ||
		r.Client.String() == word || strings.EqualFold(r.ClientName, word) ||
		strings.EqualFold(r.Action, word) ||
		slices.ContainsFunc(r.Tests, func(t Test) bool { return strings.EqualFold(t.Name, word) }) ||
		hasWords(r, word)
}

// hasWords reports whether all words of a text are in the subject.
func hasWords(r *Record, text string) bool {
	wanted, there := words(text), words(r.Subject)
	return len(wanted) > 0 && !slices.ContainsFunc(wanted, func(w string) bool { return !slices.Contains(there, w) })
}
