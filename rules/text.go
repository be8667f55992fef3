package rules

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"asterism/message"
	"asterism/rules/perlre"
	"asterism/rules/render"
)

// cache is what rules of a scan share.
type cache struct {
	raw, full           []perlre.Text
	inside              []perlre.Text
	haveInside          bool
	haveBody, haveRaw   bool
	haveURIs, haveChain bool
	chain               message.Chain
	tagged              map[*Rule]*perlre.Regexp
	heldTag             heldTag
	own                 ownCache
	spoof               *nameSpoof
	languages           []string
	haveLanguages       bool

	mime                  *mimeFacts
	alternatives          *alternatives
	haveReceivedDates     bool
	senders               []string
	receivers             []string
	bodyFreemails         []string
	ole                   *oleFacts
	pdfs                  *pdfFacts
	pictures              []picture
	havePictures          bool
	documents             map[*message.Part]*render.Document
	shift                 time.Duration // see dateShift
	haveShift, shiftKnown bool
}

// bodyTexts returns what body rules see: the subject, then the rendered text's paragraphs, each one line.
func (sc *Scan) bodyTexts() []perlre.Text {
	if !sc.cache.haveBody {
		sc.cache.haveBody = true
		subject, _ := sc.getWhole(headerSpec{name: "subject"}, false)
		if subject == "" {
			subject = "\n"
		}
		sc.body = appendParagraphs(append(sc.body, perlre.NewText(subject)), sc.bodyText())
	}
	return sc.body
}

// bodyText returns the text of all parts, one below the other.
func (sc *Scan) bodyText() string {
	leaves := sc.msg.Leaves()
	if len(leaves) == 1 {
		return sc.partText(leaves[0])
	}
	var b strings.Builder
	for _, p := range leaves {
		text := sc.partText(p)
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(text)
	}
	return b.String()
}

// partText returns what body rules see of a part.
func (sc *Scan) partText(p *message.Part) string {
	if !strings.HasPrefix(p.MediaType, "text/") && !p.IsHTML() {
		return ""
	}
	text := sc.rendered(p)
	if limit := int(sc.set.cfg.BodyPartScanSize); limit > 0 && len(text) > limit {
		text = text[:limit+lineEnd(text[limit:])]
	}
	return text
}

// lineEnd returns where the next line ends.
func lineEnd(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i + 1
	}
	return len(s)
}

// rendered returns a text part as a reader sees it.
func (sc *Scan) rendered(p *message.Part) string {
	if p.IsHTML() {
		return sc.document(p).Text
	}
	return p.Visible()
}

// document returns an HTML part as rules see it.
func (sc *Scan) document(p *message.Part) *render.Document {
	if d := sc.cache.documents[p]; d != nil {
		return d
	}
	if sc.cache.documents == nil {
		sc.cache.documents = map[*message.Part]*render.Document{}
	}
	h := p.HTML()
	if source := withoutBlank(p, p.Text()); len(source) != len(p.Text()) { // rare
		h = sc.msg.ParseHTML(source)
	}
	d := render.HTML(h)
	sc.cache.documents[p] = d
	return d
}

// bodyLine is the longest line that body rules see, except for a space or newline at its end.
const bodyLine = 2048

// appendParagraphs appends the pieces of a text between blank lines, each on one line, its runs of white space as one
// space. Pieces longer than bodyLine are split after a word.
func appendParagraphs(texts []perlre.Text, s string) []perlre.Text {
	var b strings.Builder
	b.Grow(len(s)) // it never gets longer
	var some [64]int
	ends := some[:0]
	for i := 0; i < len(s); {
		start := i
		i += plainLen(s[i:])
		for i < len(s) && (!blankStart[s[i]] || s[i] == ' ' && i+1 < len(s) && !blankStart[s[i+1]]) { // one space stays
			i++
		}
		b.WriteString(s[start:i])
		if i == len(s) {
			break
		}
		if blankAt(s, i) == 0 {
			b.WriteByte(s[i])
			i++
			continue
		}
		// White space: a space for what is before the first newline, and for what is after the last, if there are two.
		first, last, end := -1, -1, i
		for n := blankAt(s, i); n > 0; n = blankAt(s, end) {
			if s[end] == '\n' {
				last = end
				if first < 0 {
					first = end
				}
			}
			end += n
		}
		if first == last {
			b.WriteByte(' ')
		} else {
			if first > i {
				b.WriteByte(' ')
			}
			b.WriteByte('\n')
			ends = append(ends, b.Len())
			if last < end-1 {
				b.WriteByte(' ')
			}
		}
		i = end
	}
	all := b.String()
	if len(all) > 0 && (len(ends) == 0 || len(all) > ends[len(ends)-1]) {
		ends = append(ends, len(all))
	}
	texts = slices.Grow(texts, len(ends)+len(all)/bodyLine)
	start := 0
	for _, end := range ends {
		texts = appendLines(texts, all[start:end])
		start = end
	}
	return texts
}

// plainLen returns how far a text has words with one space between them at least, looking at eight bytes at a time.
func plainLen(s string) (n int) {
	const ones, low, high = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
	for len(s)-n > 8 {
		x := eightBytes(s[n:])
		blank := ^(x&low + (0x7f-' ')*ones | x) & high // the high bits of bytes up to a space
		control := ^(x&low + (0x80-' ')*ones | x) & high
		c2 := x ^ 0xc2*ones
		if blank&(blank<<8)|control|(c2-ones)&^c2&high != 0 {
			break
		}
		n += 8 - int(blank>>63) // a space at the end is looked at again with what follows
	}
	return n
}

// blankStart is the bytes that white space may begin with.
var blankStart = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true, 0xc2: true}

// blankAt returns how many bytes of white space a text has at a place, at most one character: 0 if there is none.
func blankAt(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch c := s[i]; {
	case c == ' ', c >= '\t' && c <= '\r':
		return 1
	case c == 0xc2 && i+1 < len(s) && s[i+1] == 0xa0: // no-break space
		return 2
	}
	return 0
}

// appendLines appends a line, split if it is too long.
func appendLines(texts []perlre.Text, line string) []perlre.Text {
	for len(line) > bodyLine+1 {
		end := strings.LastIndexByte(line[:bodyLine+1], ' ')
		if end < 0 {
			end = bodyLine
		}
		texts = append(texts, perlre.NewText(line[:end+1]))
		line = line[end+1:]
	}
	return append(texts, perlre.NewText(line))
}

// rawTexts returns what rawbody rules see: the text parts with their transfer encoding undone, in chunks.
func (sc *Scan) rawTexts() []perlre.Text {
	if !sc.cache.haveRaw {
		sc.cache.haveRaw = true
		for _, p := range sc.msg.Leaves() {
			if p.IsText() {
				text := rawText(p)
				if limit := int(sc.set.cfg.RawbodyPartScanSize); limit > 0 && len(text) > limit {
					text = text[:limit+lineEnd(text[limit:])]
				}
				sc.cache.raw = appendChunks(sc.cache.raw, text)
			}
		}
	}
	return sc.cache.raw
}

const (
	chunkMin = 2048 // bytes of a chunk that rawbody rules see, unless it is the last
	chunkMax = 4096
)

// rawText returns a text part with its transfer encoding undone, lines ending in LF, and no more than maxBlank blank
// lines in a row; the one between a part's header and body counts.
func rawText(p *message.Part) string {
	s := p.DecodedString()
	if strings.Contains(s, "\r\n") {
		s = strings.ReplaceAll(s, "\r\n", "\n")
	}
	return withoutBlank(p, s)
}

// withoutBlank returns the text of a part with no more than maxBlank blank lines in a row.
func withoutBlank(p *message.Part, s string) string {
	switch {
	case !mayBeBlank(s):
		return s
	case p.Parent == nil:
		return squeezeBlank(s)
	}
	return squeezeBlank("\n" + s)[1:]
}

// mayBeBlank reports whether there may be maxBlank blank lines in a row, the last perhaps without its end: as many
// bytes of white space at least, of which one that is looked at has white space on both sides.
func mayBeBlank(s string) bool {
	for i := maxBlank / 2; i < len(s); i += maxBlank / 2 {
		if !mayBeSpace(s[i]) || !mayBeSpace(s[i-1]) || i+1 < len(s) && !mayBeSpace(s[i+1]) {
			continue
		}
		start := i - 1
		for start > 0 && mayBeSpace(s[start-1]) {
			start--
		}
		for i < len(s) && mayBeSpace(s[i]) {
			i++
		}
		if strings.Count(s[start:i], "\n") >= maxBlank-1 {
			return true
		}
	}
	return false
}

// mayBeSpace reports whether a byte is white space, or part of a character that may be.
func mayBeSpace(c byte) bool { return c <= ' ' || c >= utf8.RuneSelf }

// maxBlank is how many blank lines in a row rules see.
const maxBlank = 20

// squeezeBlank removes blank lines beyond maxBlank from the start of each run of them.
func squeezeBlank(s string) string {
	run, start, from := 0, 0, 0 // lines of the current run, where it began, what is not copied yet
	var b strings.Builder
	for at := 0; at < len(s); {
		end := strings.IndexByte(s[at:], '\n') + 1
		if end == 0 {
			end = len(s) - at
		}
		if mayBeSpace(s[at]) && strings.TrimSpace(s[at:at+end]) == "" {
			if run == 0 {
				start = at
			}
			run++
		} else if run > 0 {
			from = dropBlank(&b, s, from, start, run)
			run = 0
		}
		at += end
	}
	from = dropBlank(&b, s, from, start, run)
	if from == 0 {
		return s
	}
	return b.String() + s[from:]
}

// dropBlank copies s from a place up to a run of blank lines that is too long, and returns where to go on in it.
func dropBlank(b *strings.Builder, s string, from, start, run int) int {
	if run <= maxBlank {
		return from
	}
	b.WriteString(s[from:start])
	for from = start; run > maxBlank; run-- {
		from += strings.IndexByte(s[from:], '\n') + 1
	}
	return from
}

// appendChunks splits a text into chunks of 2 to 4 KB, after a line if possible, else after a word.
func appendChunks(texts []perlre.Text, s string) []perlre.Text {
	for len(s) > chunkMax {
		end := strings.IndexByte(s[chunkMin:chunkMax], '\n')
		if end < 0 {
			end = strings.IndexByte(s[chunkMin:chunkMax], '>')
		}
		if end < 0 {
			end = strings.IndexAny(s[chunkMin:chunkMax], " \t")
		}
		if end < 0 {
			end = chunkMax - chunkMin - 1
		}
		end += chunkMin + 1
		texts = append(texts, perlre.NewText(s[:end]))
		s = s[end:]
	}
	if s != "" {
		texts = append(texts, perlre.NewText(s))
	}
	return texts
}

// fullText returns the message as it came.
func (sc *Scan) fullText() []perlre.Text {
	if sc.cache.full == nil {
		sc.cache.full = []perlre.Text{perlre.NewText(string(sc.msg.Raw()))}
	}
	return sc.cache.full
}
