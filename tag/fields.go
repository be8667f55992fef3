package tag

import (
	"cmp"
	"slices"
	"strings"

	"asterism/classifier"
	"asterism/mailauth/authres"
)

// Field is a header field to write. Its value is folded with "\n\t" and has no space in front.
type Field struct{ Name, Value string }

// Header is a site's field in addition to X-Spam-Score (add_header).
type Header struct {
	When     string // "spam", "ham" or "all"
	Name     string // behind X-Spam-
	Template string // see expand
}

// Options say which fields a verdict is written into. The zero Options write X-Spam-Score into every message.
type Options struct {
	OnlySpam bool     // write X-Spam-Score into spam only (spam_header_when)
	Headers  []Header // further fields
	Subject  string   // template to put before the subject of spam (rewrite_header Subject)
	Report   bool     // attach the report to spam (report_part); for fronts that can replace a body
	NoFold   bool     // do not fold the further fields (fold_headers 0)
	Version  string   // of this program, for templates
	Hostname string   // of this machine, for templates
	Contact  string   // who answers questions, for templates (report_contact)
	Template []string // lines of the report, with placeholders (report); none for the one of Report
	Width    int      // column at which descriptions in reports go to the next line (report_wrap_width); 0 is never

	// Authserv is the name in this site's Authentication-Results fields if the MTA does not report its own
	// (add_authentication_results), empty if it adds none. Believed (authres_trusted_authserv) has the site's other
	// filters.
	Authserv string
	Believed []string

	Safe     int      // SafeMail or SafeText: hand on spam as an attachment of its report (report_safe)
	SafeCopy []string // fields to be copied to that report (report_safe_copy_headers)
	Unsafe   []string // lines to be added to it where the spam is not plain text (unsafe_report)

	Dropping Dropping // replacement of parts by notes (attachment_action drop)
}

// Names returns the names of all fields that verdicts are written into: whatever comes in under one of them is forged.
func (o Options) Names() []string {
	names := []string{classifier.HeaderName}
	for _, h := range o.Headers {
		names = append(names, "X-Spam-"+h.Name)
	}
	if o.Subject != "" {
		names = append(names, PrevSubject)
	}
	return names
}

// ForgedResult reports whether the value of an Authentication-Results field that came with a message claims to be this
// site's own (RFC 8601, section 5). Host is the MTA's name; empty if unknown.
func (o Options) ForgedResult(host, value string) bool {
	if o.Authserv == "" {
		return false
	}
	host = cmp.Or(host, o.Authserv)
	claims := func(id string) bool { return authres.Claims(value, id) }
	return claims(host) && !slices.ContainsFunc(o.Believed, claims)
}

// Placeholders returns the tags of the templates that need data of each message.
func (o Options) Placeholders() []string {
	templates := append([]string{o.Subject}, o.Template...)
	for _, h := range o.Headers {
		templates = append(templates, h.Template)
	}
	if o.Subject != "" {
		templates = append(templates, "_"+subjectPrefix+"_")
	}
	return Placeholders(templates...)
}

// Fields returns the fields for a verdict, in the order in which they are to be written.
func (o Options) Fields(v *classifier.Verdict) []Field {
	var fields []Field
	if v.Spam() || !o.OnlySpam {
		fields = append(fields, Field{classifier.HeaderName, v.HeaderValue()})
	}
	for _, h := range o.Headers {
		if h.When == "spam" && !v.Spam() || h.When == "ham" && v.Spam() {
			continue
		}
		name := "X-Spam-" + h.Name
		value := encode(o.expand(h.Template, nil, v))
		if !o.NoFold {
			value = fold(value, len(name)+2)
		}
		fields = append(fields, Field{name, value})
	}
	return fields
}

// RewriteSubject returns a subject's new value, and true if it changes: spam gets the site's mark, and every mail its
// rules' prefixes (subjprefix) if the site has a mark.
func (o Options) RewriteSubject(subject string, v *classifier.Verdict) (string, bool) {
	if o.Subject == "" {
		return subject, false
	}
	mark := v.Tags[subjectPrefix]
	if v.Spam() && strings.Contains(o.Subject, "_"+subjectPrefix+"_") {
		mark = o.expand(o.Subject, nil, v)
	} else if v.Spam() {
		mark = o.expand(o.Subject, nil, v) + " " + mark
	}
	if mark = encode(strings.TrimSpace(mark)); mark == "" {
		return subject, false
	}
	if subject = strings.TrimLeft(subject, " \t"); subject == "" {
		return mark, true
	}
	return mark + " " + subject, true
}

// PrevSubject is the field that keeps a subject's value from before RewriteSubject changed it, as SpamAssassin writes
// it.
const PrevSubject = "X-Spam-Prev-Subject"

// subjectPrefix is the tag of what rules put before the subject.
const subjectPrefix = "SUBJPREFIX"

// foldColumn is the last column of a folded line (RFC 5322, section 2.1.1).
const foldColumn = 78

// fold breaks a value at blanks, and behind commas in long words, so that lines end before column 79. The first line
// begins at column used. Line ends that the value has are kept, as folds.
func fold(value string, used int) string {
	var b strings.Builder
	for i, line := range strings.Split(strings.TrimRight(value, "\n"), "\n") {
		if i > 0 {
			b.WriteString("\n\t")
			used = 8
			line = strings.TrimLeft(line, " \t")
		}
		foldLine(&b, line, used)
	}
	return b.String()
}

func foldLine(b *strings.Builder, line string, column int) {
	for first := true; line != ""; first = false {
		word, blank := line, ""
		if i := strings.IndexAny(line, " ,"); i >= 0 {
			word, line = line[:i+1], line[i+1:]
			if word[i] == ' ' {
				word, blank = word[:i], " "
			}
		} else {
			line = ""
		}
		if !first && column+len(word) > foldColumn && word != "" {
			s := strings.TrimRight(b.String(), " ")
			b.Reset()
			b.WriteString(s + "\n\t")
			column = 8
		}
		b.WriteString(word + blank)
		column += len(word) + len(blank)
	}
}
