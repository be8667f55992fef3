package rules

import (
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"asterism/message"
)

// ownTexts calls f with each text part that is shown, as it was sent (HTML included), until f returns false.
func (sc *Scan) ownTexts(f func(p *message.Part, text string) bool) {
	for _, p := range sc.msg.Leaves() {
		if p.IsText() && !p.IsAttachment() && !f(p, p.Text()) {
			return
		}
	}
}

// checkZeroWidth is check_zero_width('N'): at least N times an invisible character stands between two Latin letters,
// or a space without width between two Japanese or Chinese ones, in the subject, the display name or the text.
// Newsletters put such characters between spaces, to fill a preview.
func checkZeroWidth(sc *Scan, args []string) int {
	need := argument(args, 0, 1)
	subject, _ := sc.Get("Subject")
	name, _ := sc.Get("From:name")
	found := countZeroWidth(subject) + countZeroWidth(name)
	sc.ownTexts(func(_ *message.Part, text string) bool {
		found += countZeroWidth(text)
		return found < need
	})
	return truth(found >= need)
}

// zeroWidth is characters without width as they are written in UTF-8 and in HTML. The soft hyphen is not among them:
// honest pages have it in long words.
var zeroWidth = []string{"\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u180e", "\u034f",
	"&#8203;", "&#8204;", "&#8205;", "&#x200b;", "&#x200B;", "&zwnj;", "&zwj;", "&#65279;", "&#xfeff;", "&#xFEFF;",
	"&ZeroWidthSpace;"}

func countZeroWidth(text string) (n int) {
	ascii := isASCII(text)
	references := strings.IndexByte(text, '&') >= 0
	if ascii && !references {
		return 0
	}
	references = references && hasReference(text)
	for _, z := range zeroWidth {
		if z[0] != '&' && ascii || z[0] == '&' && !references {
			continue
		}
		rest := text
		for {
			i := strings.Index(rest, z)
			if i < 0 {
				break
			}
			after := rest[i+len(z):]
			if i > 0 && after != "" && (isLatin(rest[i-1]) && isLatin(after[0]) || isCJK(rest[:i], after)) {
				n++
			}
			rest = after
		}
	}
	return n
}

// hasReference reports whether anything begins as the references in zeroWidth do.
func hasReference(text string) bool {
	for {
		i := strings.IndexByte(text, '&')
		if i < 0 {
			return false
		}
		if text = text[i+1:]; len(text) < 2 {
			return false
		}
		if text[0]|0x20 == 'z' || text[0] == '#' && strings.IndexByte("68x", text[1]) >= 0 {
			return true
		}
	}
}

// isCJK reports whether the letters around a place are both Japanese or Chinese, which nothing invisible joins or
// parts.
func isCJK(before, after string) bool {
	if after[0] < utf8.RuneSelf {
		return false
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return unicode.In(last, unicode.Han, unicode.Hiragana, unicode.Katakana) && unicode.In(first, unicode.Han,
		unicode.Hiragana, unicode.Katakana)
}

// checkMixedScript is check_mixed_script('N'): at least N words of the visible text mix Latin letters with others that
// look like them, or are written in letters made for mathematics.
func checkMixedScript(sc *Scan, args []string) int {
	need := argument(args, 0, 1)
	found := 0
	for _, p := range sc.msg.Leaves() {
		if p.IsText() && !p.IsAttachment() && found < need {
			found += countMixedScript(p.Visible(), need-found)
		}
	}
	return truth(found >= need)
}

// checkMixedScriptHeader is check_mixed_script_header('Subject'): the same of one word in a header.
func checkMixedScriptHeader(sc *Scan, args []string) int {
	if len(args) != 1 {
		return 0
	}
	value, _ := sc.Get(args[0])
	return truth(countMixedScript(value, 1) > 0)
}

func countMixedScript(text string, enough int) (n int) {
	if isASCII(text) {
		return 0
	}
	for n < enough {
		start := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) // most texts end here
		if start < 0 {
			return n
		}
		for start > 0 && isLatin(text[start-1]) {
			start--
		}
		word := text[start:]
		if end := strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }); end > 0 {
			word = word[:end]
		} else if end == 0 {
			_, size := utf8.DecodeRuneInString(word)
			text = word[size:]
			continue
		}
		text = text[start+len(word):]
		if isMixed(word) {
			n++
		}
	}
	return n
}

// isMixed reports whether a word has Latin letters next to Cyrillic or Greek ones, or mathematical ones.
func isMixed(word string) bool {
	latin, other, maths := 0, 0, 0
	for _, r := range word {
		switch {
		case r < utf8.RuneSelf:
			latin++
		case 0x1d400 <= r && r <= 0x1d7ff:
			maths++
		case unicode.In(r, unicode.Cyrillic, unicode.Greek) && r != 'µ' && r != 'μ':
			other++
		}
	}
	return maths > 2 || latin > 1 && other > 0
}

// checkHiddenText is check_hidden_text('N', 'P'): at least N bytes of the HTML's text cannot be seen, and they are at
// least P percent of all of it. What newsletters hide for a preview is short.
func checkHiddenText(sc *Scan, args []string) int {
	need, percent := argument(args, 0, 1), argument(args, 1, 0)
	count := func(text func(*message.HTML) string) (n int) {
		for _, p := range sc.msg.Leaves() {
			if h := p.HTML(); h != nil && !p.IsAttachment() {
				n += letters(text(h))
			}
		}
		return n
	}
	hidden := count(func(h *message.HTML) string { return h.Hidden })
	if hidden < need {
		return 0
	}
	return truth(hidden*100 >= percent*(hidden+count(func(h *message.HTML) string { return h.Text })))
}

// checkPictureAlone is check_picture_alone('N'): there are pictures in the HTML, and no more than N letters that can
// be seen.
func checkPictureAlone(sc *Scan, args []string) int {
	pictures, shown := 0, 0
	for _, p := range sc.msg.Leaves() {
		if h := p.HTML(); h != nil && !p.IsAttachment() {
			pictures += len(h.Images)
			shown += letters(h.Text)
		}
	}
	return truth(pictures > 0 && shown <= argument(args, 0, 0))
}

func letters(s string) (n int) {
	for i := range len(s) {
		if isLatin(s[i]) || s[i] >= utf8.RuneSelf {
			n++
		}
	}
	return n
}

// checkAttachedPage is check_attached_page('form'|'script'): an attached HTML page or SVG drawing asks for a password,
// or runs a script or leads on by itself.
func checkAttachedPage(sc *Scan, args []string) int {
	if len(args) != 1 {
		return 0
	}
	signs := []string{"<script", "javascript:", "window.location", "location.href", "location.replace",
		`http-equiv="refresh"`,
		"http-equiv=refresh", "atob(", "unescape("}
	if args[0] == "form" {
		signs = []string{`type="password"`, "type='password'", "type=password", `name="password"`, `name="passwd"`}
	}
	for _, p := range sc.msg.Leaves() {
		if !isAttachedPage(p) {
			continue
		}
		const most = 1 << 18
		text := p.Decoded()
		text = text[:min(len(text), most)]
		lower := strings.ToLower(string(text))
		for _, s := range signs {
			if strings.Contains(lower, s) {
				return 1
			}
		}
	}
	return 0
}

func isAttachedPage(p *message.Part) bool {
	switch strings.ToLower(path.Ext(p.Filename)) {
	case ".htm", ".html", ".shtml", ".xhtml", ".xht", ".svg", ".svgz", ".mht", ".mhtml":
		return true
	}
	return p.MediaType == "image/svg+xml" || p.MediaType == "text/html" && p.IsAttachment()
}
