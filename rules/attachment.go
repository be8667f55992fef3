package rules

import (
	"strings"

	"asterism/attachment"
	"asterism/rules/perlre"
)

// The plug-ins of SpamAssassin that have rules see the text of attachments, and the links in them. Where other rules
// take the place of ours, these count only if such a plug-in is loaded.
const (
	pluginExtractText = "Mail::SpamAssassin::Plugin::ExtractText"
	pluginPDFInfo     = "Mail::SpamAssassin::Plugin::PDFInfo"
	pluginOLEVBMacro  = "Mail::SpamAssassin::Plugin::OLEVBMacro"
)

// attachmentFunction is check_attachment('test', …): some file, attached or inside an attachment, meets all tests. See
// attachment.ParseCondition.
const attachmentFunction = "check_attachment"

// compileAttachment compiles the tests of a rule of check_attachment.
func (b *builder) compileAttachment(r *Rule) {
	condition, err := attachment.ParseCondition(r.args)
	if err != nil {
		r.inert = true
		b.warn("%s %s: %s: %v", r.Kind, r.Name, attachmentFunction, err)
		return
	}
	r.eval = func(sc *Scan, _ []string) int {
		f := sc.attached().Find(condition)
		if f == nil {
			return 0
		}
		sc.detail(r, shown(f.Path()))
		return 1
	}
}

// attached returns the contents of the message's attachments.
func (sc *Scan) attached() *attachment.Contents { return attachment.Of(sc.msg) }

// insideTexts returns what body rules see of attachments: paragraphs, each one line.
func (sc *Scan) insideTexts() []perlre.Text {
	if !sc.cache.haveInside {
		sc.cache.haveInside = true
		if sc.set.shared.opens {
			if text := sc.attached().Text(); strings.TrimSpace(text) != "" {
				sc.cache.inside = appendParagraphs(nil, text)
			}
		}
	}
	return sc.cache.inside
}

// maxDetail bounds a file's description in a report, in octets.
const maxDetail = 200

// shown returns a file's name as reports show it: on one line.
func shown(name string) string {
	if len(name) > maxDetail {
		name = strings.ToValidUTF8(name[:maxDetail], "")
	}
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, name)
}
