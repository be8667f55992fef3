package message

import (
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxNames is how many names of one part are kept.
const maxNames = 16

// Names returns the names under which mail clients may offer the part as a file, each once. Names of
// Content-Disposition come before names of Content-Type, and RFC 2231's form before the plain one. They are decoded
// (RFC 2231, and RFC 2047's encoded words, which clients accept there), without invisible characters, and without
// trailing blanks and dots, which Windows drops. More than one is a contradiction.
func (p *Part) Names() []string {
	if p.have&haveNames == 0 {
		p.have |= haveNames
		for _, field := range [...]string{"Content-Disposition", "Content-Type"} {
			for _, value := range p.values(field) {
				p.addNames(value)
			}
		}
	}
	return p.names
}

// addNames adds the names in the value of a field.
func (p *Part) addNames(value string) {
	if indexFold(value, "name") < 0 {
		return
	}
	_, list := readParams(value)
	for _, key := range [...]string{"filename", "name"} {
		for _, name := range namesOf(list, key) {
			decoded, _ := decodeWords(name)
			clean, hides := cleanName(decoded)
			p.nameHides = p.nameHides || hides
			if clean != "" && len(p.names) < maxNames && !slices.Contains(p.names, clean) {
				p.names = append(p.names, clean)
			}
		}
	}
}

// namesOf returns the values that readers may take for the parameter of that name.
func namesOf(list []param, key string) (names []string) {
	var segments []segment
	for _, p := range list {
		if base, _, extended := strings.Cut(p.name, "*"); extended && base == key {
			segments = append(segments, newSegment(p.name, p.value))
		}
	}
	for len(segments) > 0 {
		var of []segment
		of, segments = cutSegments(segments)
		names = append(names, joinSegments(of))
		// Some readers take the first of each number, some the last.
		if first := firstSegments(of); len(first) < len(of) {
			slices.Reverse(of)
			last := firstSegments(of)
			slices.Reverse(last)
			names = append(names, joinSegments(first), joinSegments(last))
		}
	}
	for _, p := range list {
		if p.name != key {
			continue
		}
		names = append(names, p.value)
		if p.tail != "" {
			names = append(names, p.value+strings.ReplaceAll(p.tail, `"`, ""))
		}
	}
	return names
}

// firstSegments returns the first segment of each number.
func firstSegments(segments []segment) (first []segment) {
	for _, s := range segments {
		if n := len(first); n == 0 || first[n-1].number != s.number {
			first = append(first, s)
		}
	}
	return first
}

// NameHides reports whether a name of the part has characters that cannot be seen or that turn the direction of
// writing: "annexe\u202ecod.exe" looks like the name of a document.
func (p *Part) NameHides() bool {
	p.Names()
	return p.nameHides
}

// cleanName returns a file's name without what does not show, and whether there was something that hides what it is.
func cleanName(name string) (clean string, hides bool) {
	const plain = "\"'?;<> "
	clean = strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\r' || r == '\n' || r >= utf8.RuneSelf && runeWidth(r) == widthSpace:
			return ' '
		case r < ' ' || r == 0x7f, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069: // the latter turn the direction
			hides = true
			return -1
		case r >= utf8.RuneSelf && runeWidth(r) == widthZero:
			hides = hides || r == 0x200b || r == 0x2060
			return -1
		}
		return r
	}, name)
	clean = strings.TrimLeft(clean, plain)
	return strings.TrimRight(clean, plain+"./\\"), hides
}

// extension returns the extension of a file's name in lower case, with its dot; "" if it has none.
func extension(name string) string { return strings.ToLower(path.Ext(name)) }

// NamesDiffer reports whether the part's names have different extensions: a document in one client is then a program in
// another.
func (p *Part) NamesDiffer() bool {
	first := ""
	for _, name := range p.Names() {
		switch e := extension(name); {
		case e == "":
		case first == "":
			first = e
		case e != first:
			return true
		}
	}
	return false
}
