package prose

import (
	"regexp"
	"strings"
)

// habit is the beginning of a clause that hides its subject where English has a noun: "those that were read" are
// messages or files. CONTRIBUTING.md has the rule.
var habit = regexp.MustCompile(`(?i)\b(?:whoever|that of|those (?:of|that|which|who|whose)|but for|formerly|` +
	`tells? (?:how|if|of|what|whether|who)|told (?:how|of|what|whether|who)|knows? (?:what|whether|who))\b`)

// what is a clause in place of a noun, which a page, a manual or help does not need.
var what = regexp.MustCompile(`(?i)\bwhat\b`)

// Habits returns the clauses of a paragraph that hide their subject, with the words around them.
func Habits(paragraph string) []string { return around(paragraph, habit) }

// Whats returns the clauses of a paragraph that begin with "what", with the words around them.
func Whats(paragraph string) []string { return around(paragraph, what) }

func around(paragraph string, clause *regexp.Regexp) (found []string) {
	const context = 30
	text := strings.Join(strings.Fields(paragraph), " ")
	for _, at := range clause.FindAllStringIndex(text, -1) {
		found = append(found, strings.ToValidUTF8(text[max(0, at[0]-context):min(len(text), at[1]+context)], ""))
	}
	return found
}
