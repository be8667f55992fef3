// Package prose reads the project's texts (Markdown, manual pages, help) as sentences, for the tests that bound their
// length.
package prose

import (
	"regexp"
	"strings"
	"unicode"
)

// MaxWords is how many words a sentence may have.
const MaxWords = 35

// Long returns the sentences of a paragraph that have more than MaxWords words.
func Long(paragraph string) (long []string) {
	for _, s := range sentenceEnd.Split(strings.Join(strings.Fields(paragraph), " "), -1) {
		if countWords(s) > MaxWords {
			long = append(long, s)
		}
	}
	return long
}

// sentenceEnd is a full stop, question or exclamation mark, and the marks that close something around the sentence.
var sentenceEnd = regexp.MustCompile("[.!?][)\"”’'*`]* ")

func countWords(s string) (n int) {
	for _, w := range strings.Fields(s) {
		if strings.ContainsFunc(w, isWordRune) {
			n++
		}
	}
	return n
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// Markdown returns the paragraphs, list items, headings and table cells of a page, without blocks of code.
func Markdown(page string) []string {
	var b blocks
	fenced := false
	for line := range strings.Lines(page) {
		text := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(text, "```"):
			fenced = !fenced
			b.end()
		case fenced, strings.HasPrefix(line, "    ") && b.open == "":
			continue
		case text == "", strings.HasPrefix(text, "#"):
			b.end()
		case strings.HasPrefix(text, "|"):
			for cell := range strings.SplitSeq(text, "|") {
				b.end()
				b.add(cell)
			}
			b.end()
		default:
			if listItem.MatchString(text) {
				b.end()
			}
			b.add(codeSpan.ReplaceAllString(text, "code"))
		}
	}
	b.end()
	return b.all
}

var (
	listItem = regexp.MustCompile(`^(?:[-*+]|\d+\.) `)
	codeSpan = regexp.MustCompile("`[^`]*`") // however many words, one name
)

// Manual returns the paragraphs of a page in mdoc(7).
func Manual(page string) []string {
	var b blocks
	literal := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		macro, rest, _ := strings.Cut(strings.TrimPrefix(line, "."), " ")
		if !strings.HasPrefix(line, ".") {
			if !literal {
				b.add(line)
			}
			continue
		}
		switch macro {
		case "Bd":
			literal = true
			b.end()
		case "Ed":
			literal = false
		case "Pp", "Sh", "Ss", "Bl", "El", "It", "Dl", "D1", "Dd", "Dt", "Os", "Nd":
			b.end()
		case `\"`:
		default:
			if !literal {
				b.add("code" + afterMacro.FindString(rest))
			}
		}
	}
	b.end()
	return b.all
}

// afterMacro is the full stop or other mark behind a macro's arguments, which mdoc wants as a word of its own.
var afterMacro = regexp.MustCompile(`[.,:;!?)]*$`)

// blocks collects paragraphs.
type blocks struct {
	all  []string
	open string
}

func (b *blocks) add(text string) { b.open += text + " " }

func (b *blocks) end() {
	if strings.TrimSpace(b.open) != "" {
		b.all = append(b.all, b.open)
	}
	b.open = ""
}
