package message

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestUntil reads mails with a clock that passes the limit at its fiftieth look, wherever that is: the rest is not
// read, and nobody looks at the clock any more.
func TestUntil(t *testing.T) {
	const looks = 50
	numbered := func(unit string) string {
		var b strings.Builder
		for i := range 5000 {
			b.WriteString(strings.ReplaceAll(unit, "%d", fmt.Sprint(i)))
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		raw   string
		count func(m *Message) int
	}{
		"parts": {"Content-Type: multipart/mixed; boundary=B\n\n" + numbered("--B\n\nx\n"),
			func(m *Message) int { return len(m.Leaves()) }},
		"decoded": {"Content-Type: multipart/mixed; boundary=B\n\n" + numbered("--B\n\nx\n"),
			func(m *Message) int { return length(m, (*Part).DecodedString) }},
		"text": {"Content-Type: multipart/mixed; boundary=B\n\n" + numbered("--B\n\nx\n"),
			func(m *Message) int { return length(m, (*Part).Text) }},
		"HTML": {"Content-Type: text/html\n\n" + numbered("<a href=x>y</a>"),
			func(m *Message) int { return len(m.Root().HTML().Text) }},
		"links": {"Content-Type: text/html\n\n" + numbered("<a href=http://a.com/%d>"),
			func(m *Message) int { return len(m.URIs()) }},
		"URIs in text": {"\n" + numbered("http://a.com/%d "), func(m *Message) int { return len(m.URIs()) }},
		"relays":       {numbered("Received: from a by b; x\n") + "\n", func(m *Message) int { return len(m.Relays()) }},
		"words": {numbered("X%d: =?utf-8?q?=?=\n") + "\n", func(m *Message) int {
			m.Defects()
			return decoded(m)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			until := time.Unix(1000, 0)
			read := func(last int) (count, looked int, late bool) {
				clock := func(m *Message) {
					m.clock.until, m.clock.now = until, func() time.Time {
						if looked++; looked >= last {
							return until.Add(time.Nanosecond)
						}
						return until
					}
				}
				m := Parse([]byte(c.raw), clock)
				count = c.count(m)
				return count, looked, m.Late()
			}
			whole, all, late := read(1 << 30)
			if late || all <= looks {
				t.Errorf("%s: %d looks at the clock, late %v", name, all, late)
			}
			some, looked, late := read(looks)
			if !late || looked != looks || some >= whole {
				t.Errorf("%s: late %v after %d looks, %d of %d read", name, late, looked, some, whole)
			}
		})
	}
	if m := Parse([]byte("A: 1\n\nx\n"), Until(time.Now().Add(time.Hour))); m.Late() || m.Root().Text() != "x\n" {
		t.Error("late in time")
	}
	if m := Parse([]byte("A: 1\n\nx\n"), Until(time.Time{})); m.Late() {
		t.Error("late without a limit")
	}
	if m := Parse([]byte("A: 1\n\nx\n"), Until(time.Now().Add(-time.Hour))); !m.Late() || m.Root().Text() != "" ||
		!m.Header().Has("A") {
		t.Error("not late, or without what was read before")
	}
}

// length adds up the lengths of a text of all leaves.
func length(m *Message, text func(*Part) string) (n int) {
	for _, p := range m.Leaves() {
		n += len(text(p))
	}
	return n
}

// decoded counts the fields whose values have been decoded.
func decoded(m *Message) (n int) {
	for i := range m.root.header.fields {
		if m.root.header.fields[i].ready {
			n++
		}
	}
	return n
}
