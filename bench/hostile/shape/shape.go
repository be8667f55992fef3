// Package shape generates messages that are made to be expensive: one place of a message filled with one unit, over
// and over, up to a size. A quadratic parser shows by the time that it takes for three times the size.
package shape

import (
	"fmt"
	"strings"

	"asterism/config"
)

// Shape is a family of messages of any size.
type Shape struct {
	Name  string
	Build func(size int) []byte // a message, or an mbox, of about that many bytes
	Mbox  bool
}

// All returns the shapes, in the same order each time. Some are made of what the rules look for.
func All(rules []config.Line) []Shape {
	var all []Shape
	for _, family := range []func() []Shape{
		fields, manyFields, pairs, results, texts, html, styles, uris, mime, encodings, charsets, attachments, parts, both,
		opened, files, mixes, mboxes,
	} {
		all = append(all, family()...)
	}
	return append(append(all, words(rules)...), pumps(rules)...)
}

// header is the header of an ordinary message, except for the fields that a shape fills itself.
func header(without ...string) string {
	var b strings.Builder
	for _, f := range []string{
		"Received: from x.example (x.example [198.51.100.7]) by mx.rcpt.example with ESMTP id abc123; Sun, 29 Nov 2026 " +
			"07:00:00 +0000",
		"From: Bob <bob@sender.example>",
		"To: Ann <ann@rcpt.example>",
		"Subject: hello there",
		"Date: Sun, 29 Nov 2026 07:00:00 +0000",
		"Message-ID: <1@sender.example>",
		"MIME-Version: 1.0",
	} {
		name, _, _ := strings.Cut(f, ":")
		left := false
		for _, w := range without {
			left = left || strings.EqualFold(w, name)
		}
		if !left {
			b.WriteString(f + "\n")
		}
	}
	return b.String()
}

// fill returns prefix, as many units as there is room for, and suffix. A %d in the unit is the unit's number.
func fill(prefix, unit, suffix string, size int) string {
	room := size - len(prefix) - len(suffix)
	if strings.Contains(unit, "%d") {
		var b strings.Builder
		b.WriteString(prefix)
		for i := 0; b.Len() < size-len(suffix); i++ {
			b.WriteString(strings.ReplaceAll(unit, "%d", fmt.Sprint(i)))
		}
		return b.String() + suffix
	}
	return prefix + strings.Repeat(unit, max(0, room/len(unit))) + suffix
}

// filled is the shape of a unit between a prefix and a suffix.
func filled(name, prefix, unit, suffix string) Shape {
	return Shape{Name: name, Build: func(size int) []byte { return []byte(fill(prefix, unit, suffix, size)) }}
}

// quoted returns a unit as it can be printed, and short.
func quoted(unit string) string {
	q := fmt.Sprintf("%q", unit)
	if len(q) > 40 {
		q = q[:40] + "…"
	}
	return q
}
