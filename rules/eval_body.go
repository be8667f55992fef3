package rules

import (
	"regexp"
	"slices"
	"strings"

	"asterism/message"
	"asterism/rules/perlre"
)

// bodyEvals are the functions that look at the text.
func bodyEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_body_length":      checkBodyLength,
		"check_body_8bits":       checkBody8Bits,
		"check_blank_line_ratio": checkBlankLineRatio,
		"check_for_uppercase":    checkForUppercase,
		"check_stock_info":       checkStockInfo,
		"tvd_vertical_words":     verticalWords,
	}
}

// checkBodyLength is check_body_length('n'): the body, as it came, has at most n bytes.
func checkBodyLength(sc *Scan, args []string) int {
	return truth(len(sc.msg.Body()) <= int(number(args, 0, 0)))
}

// checkBody8Bits reports whether a line has 8 bytes above 127 in a row.
func checkBody8Bits(sc *Scan, _ []string) int {
	for _, t := range sc.bodyTexts()[1:] {
		run := 0
		for _, c := range []byte(t.String()) {
			if c < 0x80 {
				run = 0
			} else if run++; run >= 8 {
				return 1
			}
		}
	}
	return 0
}

// checkBlankLineRatio is check_blank_line_ratio('low', 'high', 'least'): per cent of blank lines among at least so
// many.
func checkBlankLineRatio(sc *Scan, args []string) int {
	lines, blank := 0, 0
	for _, t := range sc.rawTexts() {
		for line := range strings.Lines(t.String()) {
			lines++
			if strings.TrimSpace(line) == "" {
				blank++
			}
		}
	}
	if lines < int(number(args, 2, 1)) || lines == 0 {
		return 0
	}
	ratio := 100 * float64(blank) / float64(lines)
	return truth(ratio >= number(args, 0, 0) && (ratio < number(args, 1, 100) || number(args, 1, 100) == 100))
}

// leastLetters is how much text check_for_uppercase wants to see.
const leastLetters = 200

// base64Lines is lines of base64 in running text, which forwarded mail has.
var base64Lines = regexp.MustCompile(`^(?:[A-Za-z0-9+/=]{60,76} ){2}`)

// checkForUppercase is check_for_uppercase('low', 'high'): per cent of capitals among the letters and digits of lines
// of more than one word. Character sets whose letters are ASCII's in disguise are left out.
func checkForUppercase(sc *Scan, args []string) int {
	if slices.ContainsFunc(sc.msg.Leaves(), func(p *message.Part) bool { return likeCapitals.MatchString(p.Charset) }) {
		return 0
	}
	length, upper, others := 0, 0, 0
	for _, t := range sc.proseTexts() {
		line := t.String()
		if !strings.ContainsAny(strings.TrimSpace(line), " \t") || base64Lines.MatchString(line) {
			continue
		}
		length += len(line)
		for _, c := range []byte(line) {
			switch {
			case c >= 'A' && c <= 'Z':
				upper++
			case c >= 'a' && c <= 'z', isDigit(c):
				others++
			}
		}
	}
	if length < leastLetters || upper+others == 0 {
		return 0
	}
	ratio := 100 * float64(upper) / float64(upper+others)
	return truth(ratio > number(args, 0, 0) && ratio <= number(args, 1, 100))
}

// proseTexts returns what body rules see, without calendars, cards and the like.
func (sc *Scan) proseTexts() []perlre.Text {
	isProse := func(p *message.Part) bool {
		return p.MediaType == "text/plain" || p.IsHTML() || !strings.HasPrefix(p.MediaType, "text/")
	}
	texts := sc.bodyTexts()
	if leaves := sc.msg.Leaves(); slices.ContainsFunc(leaves, func(p *message.Part) bool { return !isProse(p) }) { // rare
		texts = slices.Clone(texts[:1]) // the subject
		for _, p := range leaves {
			if isProse(p) {
				texts = appendParagraphs(texts, sc.partText(p))
			}
		}
	}
	return texts
}

// stockInfo are the words before a colon in a stock tip's table.
var stockInfo = regexp.MustCompile(`(?i)\b(?:trad(?:e|ing) date|company(?: name)?|(?:(?:stock|trading|ticker) ` +
	`)?symbol|ticker|stock|` +
	`current price|target|recommendation|rating|sector|week high|projected) ?: ?\S`)

// checkStockInfo is check_stock_info('n'): at least n paragraphs have a line of a stock tip's table.
func checkStockInfo(sc *Scan, args []string) int {
	n := 0
	for _, t := range sc.bodyTexts()[1:] {
		if strings.IndexByte(t.String(), ':') >= 0 && stockInfo.MatchString(t.String()) {
			n++
		}
	}
	return truth(n >= int(number(args, 0, 1)))
}

// verticalLeast is the length up to which verticalWords passes lines over.
const verticalLeast = 5

// verticalWords is tvd_vertical_words('low', 'high'): the line with the most blanks has so many for 100 other
// characters. Text whose words are written downwards has next to none.
func verticalWords(sc *Scan, args []string) int {
	most := -1
	for _, t := range sc.bodyTexts() {
		s := t.String()
		if len(s) <= verticalLeast {
			continue
		}
		blanks := strings.Count(s, " ")
		others := len(s) - blanks
		if blanks > others || others == 0 {
			most = 100
		} else {
			most = max(most, 100*blanks/others)
		}
	}
	return truth(float64(most) >= number(args, 0, 0) && float64(most) < number(args, 1, 101))
}
