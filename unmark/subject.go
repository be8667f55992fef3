package unmark

import (
	"regexp"
	"slices"
	"strings"
)

// prevPrefix begins the names of the fields in which SpamAssassin and this program keep a field's value from before
// their mark.
const prevPrefix = "X-Spam-Prev-"

// NoField is the value of such a field where the message had none.
const NoField = "(nonexistent)"

// restorable are the fields that filters mark (rewrite_header).
var restorable = []string{"Subject", "From", "To"}

// restore gives the marked fields their values back.
func (e *edit) restore(k *Marks) {
	kept := false
	for _, name := range restorable {
		f := e.header.Field(prevPrefix + name)
		if f == nil {
			continue
		}
		kept = kept || name == "Subject"
		value := f.Value()
		if value == NoField {
			value = ""
		}
		e.start()
		e.set(prevPrefix+name, "")
		e.set(name, value)
	}
	if kept {
		return
	}
	if f := e.header.Field("Subject"); f != nil {
		if bare := k.cut(f.Value(), len(k.site) > 0 && hasVerdict(e.header)); bare != f.Value() {
			e.start()
			e.set("Subject", bare)
		}
	}
}

// subjectMark matches a mark at the start of a subject.
type subjectMark = *regexp.Regexp

// usual are the marks that filters put before subjects, in brackets of some kind: *****SPAM*****, [SPAM], [SPAM 12.3],
// [Suspected Spam], {Spam?}, (SPAM).
var usual = regexp.MustCompile(`(?i)^(?:\*{3,}|\[|\{|\()\W{0,8}(?:(?:possible|suspected|probable|likely|definite)[ ` +
	`-]?)?` +
	`(?:spam|junk|uce)\W{0,8}(?:[0-9]{1,3}(?:\.[0-9]{1,3})?\W{0,8})?(?:\*{3,}|\]|\}|\))[ \t]*`)

// cut removes the marks at a subject's start. The site's own count only beside a verdict: they may be ordinary words.
func (k *Marks) cut(subject string, verdict bool) string {
	for range maxWrappers {
		rest := subject
		if c := firstByte(rest); c == '*' || c == '[' || c == '{' || c == '(' {
			rest = rest[len(usual.FindString(rest)):]
		}
		if verdict {
			rest = k.cutSite(rest)
		}
		if rest == subject {
			break
		}
		subject = rest
	}
	return subject
}

// cutSite removes each of the site's own marks, once, at a subject's start.
func (k *Marks) cutSite(subject string) string {
	for _, mark := range k.site {
		subject = subject[len(mark.FindString(subject)):]
	}
	return subject
}

func firstByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[0]
}

// minLiteral is how many letters of its own a template must have: one that is all placeholders would match any subject.
const minLiteral = 3

// placeholder is a _NAME_ or _NAME(argument)_ of SpamAssassin's templates.
var placeholder = regexp.MustCompile(`_[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:\([^)]*\))?_`)

// compile returns the mark that a template makes.
func compile(template string) (subjectMark, bool) {
	template = strings.TrimSpace(template)
	literals := placeholder.Split(template, -1)
	if len(strings.Join(strings.Fields(strings.Join(literals, "")), "")) < minLiteral {
		return nil, false
	}
	for i := range literals {
		literals[i] = regexp.QuoteMeta(literals[i])
	}
	return regexp.MustCompile(`^` + strings.Join(slices.Clip(literals), `\S{0,64}`) + `[ \t]*`), true
}
