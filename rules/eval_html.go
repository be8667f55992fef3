package rules

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"asterism/rules/render"
)

// htmlEvals are the functions that look at HTML.
func htmlEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"html_test":                htmlTest,
		"html_eval":                htmlEval,
		"html_range":               htmlRange,
		"html_tag_exists":          htmlTagExists,
		"html_tag_balance":         htmlTagBalance,
		"html_text_match":          htmlTextMatch,
		"html_image_only":          htmlImageOnly,
		"html_image_ratio":         htmlImageRatio,
		"html_title_subject_ratio": htmlTitleSubjectRatio,
		"html_charset_faraway":     htmlCharsetFaraway,
		"check_iframe_src":         checkIframeSource,
	}
}

// html returns the last HTML part as rules see it, nil if there is none.
func (sc *Scan) html() *render.Document {
	leaves := sc.msg.Leaves()
	for i := len(leaves) - 1; i >= 0; i-- {
		if leaves[i].IsHTML() {
			return sc.document(leaves[i])
		}
	}
	return nil
}

func htmlTest(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) == 0 {
		return 0
	}
	switch args[0] {
	case "html":
		return 1
	case "embeds":
		return truth(d.Embeds)
	case "form_action_mailto":
		return truth(d.FormMailto)
	case "font_low_contrast":
		return truth(d.FontLowContrast)
	case "font_face_bad":
		return truth(d.FontFaceBad)
	case "font_invalid_color":
		return truth(d.FontInvalidColor)
	}
	return truth(htmlNumber(d, args[0]) != 0)
}

// htmlNumber returns a measure of a document by its name in rules.
func htmlNumber(d *render.Document, name string) float64 {
	ratio := func(a, b int) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / float64(b)
	}
	switch name {
	case "length":
		return float64(d.Source())
	case "html_length":
		return float64(utf8.RuneCountInString(d.Text))
	case "non_space_len":
		return float64(d.Letters)
	case "ratio":
		return ratio(d.Source()-utf8.RuneCountInString(d.Text), d.Source())
	case "max_size":
		return float64(d.MaxSize)
	case "min_size":
		return float64(d.MinSize)
	case "image_area":
		return float64(d.ImageArea)
	case "obfuscation_ratio":
		return ratio(d.Obfuscation, d.Tags)
	case "closed_extra_ratio":
		return ratio(d.ClosedExtra, d.Tags)
	case "bad_tag_ratio":
		return ratio(d.Tags-d.Elements, d.Tags)
	case "non_element_ratio":
		return ratio(d.TagsSeen-d.ElementsSeen, d.TagsSeen)
	}
	return 0
}

// htmlRange is html_range('measure', 'low', 'high'): above low, and up to high.
func htmlRange(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) < 3 {
		return 0
	}
	return truth(within(htmlNumber(d, args[0]), args[1], args[2]))
}

// within reports whether a number is above low and not above high; "inf" and "" are no bounds.
func within(n float64, low, high string) bool {
	if l, err := strconv.ParseFloat(low, 64); err == nil && n <= l {
		return false
	}
	h, err := strconv.ParseFloat(high, 64)
	return err != nil || n <= h
}

// htmlEval is html_eval('measure', '< 512').
func htmlEval(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) < 2 {
		return 0
	}
	return truth(compare(htmlNumber(d, args[0]), args[1]))
}

// compare applies a comparison written as text, such as "!= 0".
func compare(n float64, test string) bool {
	test = strings.TrimSpace(test)
	op := strings.TrimRight(test, "0123456789.- ")
	limit, err := strconv.ParseFloat(strings.TrimSpace(test[len(op):]), 64)
	if err != nil {
		return false
	}
	switch op {
	case "<":
		return n < limit
	case "<=":
		return n <= limit
	case ">":
		return n > limit
	case ">=":
		return n >= limit
	case "==":
		return n == limit
	case "!=":
		return n != limit
	}
	return false
}

func htmlTagExists(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) == 0 {
		return 0
	}
	_, ok := d.Open(args[0])
	return truth(ok)
}

// htmlTagBalance is html_tag_balance('tag', '!= 0'): how many are open at the end.
func htmlTagBalance(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) < 2 {
		return 0
	}
	n, ok := d.Open(args[0])
	return truth(ok && compare(float64(n), args[1]))
}

// htmlTextMatch is html_text_match('kind', 'expression'), for each text of a kind.
func htmlTextMatch(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	texts := sc.htmlTexts(args[0])
	if len(texts) == 0 {
		return 0
	}
	re := sc.set.expression(args[1])
	for _, s := range texts {
		if re.find(s) {
			return 1
		}
	}
	return 0
}

// htmlTexts returns the texts of a kind: title, anchor or comment.
func (sc *Scan) htmlTexts(kind string) []string {
	d := sc.html()
	if d == nil {
		return nil
	}
	switch kind {
	case "title":
		return d.Title
	case "anchor":
		return d.Anchor
	case "comment":
		return d.Comments
	}
	return nil
}

// htmlImageOnly is html_image_only('low', 'high'): there are images, and above low and up to high letters of text.
func htmlImageOnly(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) < 2 {
		return 0
	}
	if n, _ := d.Open("img"); n == 0 {
		return 0
	}
	return truth(within(float64(d.Source()), args[0], args[1]))
}

// htmlImageRatio is html_image_ratio('low', 'high'): letters for each pixel of images.
func htmlImageRatio(sc *Scan, args []string) int {
	d := sc.html()
	if d == nil || len(args) < 2 || d.ImageArea == 0 || d.Letters == 0 {
		return 0
	}
	return truth(within(float64(d.Letters)/float64(d.ImageArea), args[0], args[1]))
}

// htmlTitleSubjectRatio is html_title_subject_ratio('n'): the title has more than n times as many characters as the
// subject has bytes, its line end among them, as SpamAssassin counts.
func htmlTitleSubjectRatio(sc *Scan, args []string) int {
	d := sc.html()
	subject, exists := sc.Get("Subject")
	subject = strings.TrimSpace(subject)
	if d == nil || len(args) == 0 || !exists || len(d.Title) == 0 {
		return 0
	}
	limit, err := strconv.ParseFloat(args[0], 64)
	title := strings.TrimSpace(strings.Join(d.Title, " "))
	return truth(err == nil && float64(utf8.RuneCountInString(title))/float64(len(subject)+1) > limit)
}

func htmlCharsetFaraway(sc *Scan, _ []string) int {
	d := sc.html()
	if d == nil {
		return 0
	}
	for _, c := range d.Charsets {
		if sc.farawayCharset(c) {
			return 1
		}
	}
	return 0
}

func checkIframeSource(sc *Scan, _ []string) int {
	d := sc.html()
	return truth(d != nil && d.IframeSource)
}
