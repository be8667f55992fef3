package history

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"asterism/store"
)

// Fields of a search: the words before a colon.
var queryFields = map[string]func(q *Query, value string, now time.Time) error{
	"id":     func(q *Query, v string, _ time.Time) error { q.QueueID = v; return nil },
	"queue":  func(q *Query, v string, _ time.Time) error { q.QueueID = v; return nil },
	"msgid":  func(q *Query, v string, _ time.Time) error { q.MessageID = v; return nil },
	"to":     func(q *Query, v string, _ time.Time) error { q.Recipient = v; return nil },
	"from":   func(q *Query, v string, _ time.Time) error { q.Sender = v; return nil },
	"client": func(q *Query, v string, _ time.Time) error { q.Client = v; return nil },
	"test":   func(q *Query, v string, _ time.Time) error { q.Test = v; return nil },
	"action": func(q *Query, v string, _ time.Time) error { q.Action = v; return nil },
	"host":   func(q *Query, v string, _ time.Time) error { q.Host = v; return nil },
	"front":  func(q *Query, v string, _ time.Time) error { q.Front = v; return nil },
	"subject": func(q *Query, v string, _ time.Time) error {
		q.Subject = strings.TrimSpace(q.Subject + " " + v)
		return nil
	},
	"since":     func(q *Query, v string, now time.Time) (err error) { q.Since, err = ParseTime(v, now); return err },
	"until":     func(q *Query, v string, now time.Time) (err error) { q.Until, err = ParseTime(v, now); return err },
	"taught":    setTaught,
	"is":        setVerdict,
	"min-score": func(q *Query, v string, _ time.Time) (err error) { q.MinScore, err = scoreOf(v); return err },
	"max-score": func(q *Query, v string, _ time.Time) (err error) { q.MaxScore, err = scoreOf(v); return err },
}

// ParseQuery reads a person's search: words, and fields such as to:sue@example.org, from:example.com, subject:lunch,
// subject:"lunch on friday", test:BAYES_99, action:reject, score>5, score<=7.5, since:1d, since:2026-11-20T22:00,
// taught:ham, is:spam. A text before a colon that is not a field is part of a word.
func ParseQuery(text string, now time.Time) (*Query, error) {
	q := &Query{}
	var plain []string
	for _, w := range splitQuoted(text) {
		low := strings.ToLower(w)
		if rest, ok := strings.CutPrefix(low, "score"); ok && strings.HasPrefix(rest, "<") ||
			ok && strings.HasPrefix(rest, ">") {
			score, err := scoreOf(strings.TrimPrefix(rest[1:], "="))
			if err != nil {
				return nil, err
			}
			if rest[0] == '>' {
				q.MinScore = score
			} else {
				q.MaxScore = score
			}
			continue
		}
		name, value, ok := strings.Cut(w, ":")
		set := queryFields[strings.ToLower(name)]
		if !ok || set == nil || value == "" {
			plain = append(plain, w)
			continue
		}
		if err := set(q, value, now); err != nil {
			return nil, err
		}
	}
	q.Text = strings.Join(plain, " ")
	return q, nil
}

// splitQuoted divides a text into words. Between double quotes blanks are a part of the word.
func splitQuoted(s string) (list []string) {
	var word strings.Builder
	quoted := false
	for _, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == ' ' || r == '\t' || r == '\n' || r == '\r'):
			if word.Len() > 0 {
				list = append(list, word.String())
				word.Reset()
			}
		default:
			word.WriteRune(r)
		}
	}
	if word.Len() > 0 {
		list = append(list, word.String())
	}
	return list
}

func setTaught(q *Query, v string, _ time.Time) error {
	if v == "any" {
		q.AnyTaught = true
		return nil
	}
	if err := q.Taught.UnmarshalText([]byte(strings.ToLower(v))); err != nil || q.Taught == 0 {
		return fmt.Errorf("taught: %.20q is not ham, spam or any", v)
	}
	return nil
}

func setVerdict(q *Query, v string, _ time.Time) error {
	spam := strings.EqualFold(v, store.Spam.String())
	if !spam && !strings.EqualFold(v, store.Ham.String()) {
		return fmt.Errorf("is: %.20q is neither ham nor spam", v)
	}
	q.Spam = &spam
	return nil
}

func scoreOf(v string) (*float64, error) {
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || n != n {
		return nil, fmt.Errorf("%.20q is not a score", v)
	}
	return &n, nil
}

// timeForms are the forms of a point in time, local unless they say otherwise.
var timeForms = [...]string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05",
	"2006-01-02 15:04", "2006-01-02"}

// ParseTime reads a point in time: 2026-11-20, 2026-11-20T22:00, today, yesterday, or how long ago it is, such as 90m,
// 12h, 2d or 1w.
func ParseTime(s string, now time.Time) (time.Time, error) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch strings.ToLower(s) {
	case "today":
		return midnight, nil
	case "yesterday":
		return midnight.AddDate(0, 0, -1), nil
	}
	if n := len(s) - 1; n > 0 {
		units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour,
			'w': 7 * 24 * time.Hour}
		if ago, err := strconv.ParseFloat(s[:n], 64); err == nil && ago >= 0 && ago < 1e6 && units[s[n]|0x20] > 0 {
			return now.Add(-time.Duration(ago * float64(units[s[n]|0x20]))), nil
		}
	}
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.30q is not a time, such as 2026-11-20, 2026-11-20T22:00, yesterday, 12h or 2d", s)
}
