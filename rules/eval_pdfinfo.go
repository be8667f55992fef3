package rules

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"

	"asterism/message"
)

// pdfInfoEvals are the functions of SpamAssassin's plug-in PDFInfo. It reads a PDF line by line, without unpacking its
// streams.
func pdfInfoEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"pdf_count":               func(sc *Scan, args []string) int { return between(args, float64(sc.pdfs().count)) },
		"pdf_image_count":         func(sc *Scan, args []string) int { return between(args, float64(sc.pdfs().images)) },
		"pdf_pixel_coverage":      pdfPixelCoverage,
		"pdf_image_size_exact":    pdfSizeExact,
		"pdf_image_size_range":    pdfSizeRange,
		"pdf_named":               pdfNamed,
		"pdf_name_regex":          pdfNameRegex,
		"pdf_image_to_text_ratio": pdfTextRatio,
		"pdf_match_md5":           func(sc *Scan, args []string) int { return pdfMatchMD5(sc.pdfs().md5, args) },
		"pdf_match_fuzzy_md5":     func(sc *Scan, args []string) int { return pdfMatchMD5(sc.pdfs().fuzzy, args) },
		"pdf_match_details":       pdfMatchDetails,
		"pdf_is_encrypted":        func(sc *Scan, _ []string) int { return truth(sc.pdfs().encrypted) },
		"pdf_is_empty_body":       pdfEmptyBody,
	}
}

// pdfFacts are the plug-in's findings in a message.
type pdfFacts struct {
	count, images int
	encrypted     bool
	area          float64 // of the images of the last PDF that has any
	sizes         map[[2]int]bool
	names         map[string]bool
	md5, fuzzy    map[string]bool
	details       map[string][]string
}

// pdfs looks at the PDFs, once.
func (sc *Scan) pdfs() *pdfFacts {
	if sc.cache.pdfs != nil {
		return sc.cache.pdfs
	}
	f := &pdfFacts{sizes: map[[2]int]bool{}, names: map[string]bool{}, md5: map[string]bool{}, fuzzy: map[string]bool{},
		details: map[string][]string{}}
	sc.cache.pdfs = f
	for _, p := range sc.msg.Leaves() {
		if pdfType.MatchString(p.MediaType) && (pdfName.MatchString(p.Filename) || strings.HasSuffix(p.MediaType, "/pdf")) &&
			!sc.msg.Late() {
			f.part(p)
			f.count++
		}
	}
	return f
}

var (
	pdfType   = regexp.MustCompile(`^(?:image|application)/(?:pdf|octet-stream)$`)
	pdfName   = regexp.MustCompile(`(?i)\.[fp]df$`)
	pdfHead   = regexp.MustCompile(`%PDF-\d\.\d`)
	pdfLayout = regexp.MustCompile(`^/(?:Height|Width|(?:(?:Media|Crop)Box))|^\d+\s+\d+\s+\d+\s+\d+\s+\d+\s+\d+\s+cm$`)
	pdfMatrix = regexp.MustCompile(`^(\d+)\s+\d+\s+\d+\s+(\d+)\s+\d+\s+\d+\s+cm$`)
	pdfWidth  = regexp.MustCompile(`^/Width\s(\d+)`)
	pdfHeight = regexp.MustCompile(`^/Height\s(\d+)`)
	pdfBoth   = regexp.MustCompile(`/Width\s(\d+)/Height\s(\d+)`)
	pdfTag    = regexp.MustCompile(`^/([A-Za-z]+)`)
	pdfDates  = map[string]*regexp.Regexp{"created": regexp.MustCompile(`/CreationDate\s{0,2}\(D:(\d+)`),
		"modified": regexp.MustCompile(`/ModDate\s{0,2}\(D:(\d+)`)}
	pdfProperty = map[string]*regexp.Regexp{"author": pdfString("Author"), "creator": pdfString("Creator"),
		"producer": pdfString("Producer"), "title": pdfString("Title")}
)

// pdfString matches a property with a string, in parentheses up to the first one that no backslash precedes.
func pdfString(name string) *regexp.Regexp {
	return regexp.MustCompile(`/` + name + `\s{0,2}(\((?:[^)]*?\\\))*[^)]*?\)|<[^>]*>)`)
}

// part looks at one PDF.
func (f *pdfFacts) part(p *message.Part) {
	data := bytes.TrimPrefix(p.Decoded(), []byte("\xef\xbb\xbf"))
	if !pdfHead.Match(data[:min(len(data), 1024+len("%PDF-1.4"))]) {
		return
	}
	if p.Filename != "" {
		f.names[p.Filename] = true
	}
	l := pdfLines{facts: f, collects: true}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		if len(line) > 0 {
			l.line(line)
		}
	}
	if l.height > 0 && l.width > 0 {
		f.sizes[[2]int{l.height, l.width}] = true
	}
	if l.area > 0 {
		f.area = l.area
	}
	f.md5[digestOf(data)] = true
	for _, some := range [][]byte{l.fuzzy, l.tags} {
		if len(some) > 0 {
			f.fuzzy[digestOf(some)] = true
		}
	}
}

func digestOf(b []byte) string {
	sum := md5.Sum(b)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// pdfLines is the state after some lines of a PDF.
type pdfLines struct {
	facts    *pdfFacts
	fuzzy    []byte // lines before the first stream, except for those that layout changes
	tags     []byte // names at the starts of lines
	count    int
	collects bool // lines for fuzzy
	image    bool // an image has been named, whose size is yet to come

	height, width int // of all images
	area          float64
}

func (l *pdfLines) line(line []byte) {
	if l.collects {
		if l.count++; l.count < 70 {
			if line[0] != '%' && !pdfLayout.Match(line) {
				line = bytes.TrimRight(line, " \t\r\n\f\v")
				l.fuzzy = append(l.fuzzy, line...)
			}
			l.collects = !bytes.Contains(line, []byte("stream"))
		}
	}
	l.image = l.image || bytes.Contains(line, []byte("/Image"))
	l.facts.encrypted = l.facts.encrypted || bytes.HasPrefix(line, []byte("/Encrypt"))
	if l.image {
		l.size(line)
	}
	if bytes.IndexByte(line, '/') < 0 {
		return
	}
	if m := pdfTag.FindSubmatch(line); m != nil {
		l.tags = append(l.tags, m[1]...)
	}
	for name, re := range pdfDates {
		if m := re.FindSubmatch(line); m != nil {
			l.facts.detail(name, string(m[1]))
		}
	}
	for name, re := range pdfProperty {
		if m := re.FindSubmatch(line); m != nil {
			l.facts.detail(name, pdfText(m[1]))
		}
	}
}

// size looks for the size of an image on a line: the plug-in takes it only where both numbers stand on one.
func (l *pdfLines) size(line []byte) {
	m := pdfMatrix.FindSubmatch(line)
	if m == nil && !pdfWidth.Match(line) && !pdfHeight.Match(line) {
		m = pdfBoth.FindSubmatch(line)
	}
	if m == nil {
		return
	}
	w, _ := strconv.Atoi(string(m[1]))
	h, _ := strconv.Atoi(string(m[2]))
	if w <= 0 || h <= 0 {
		return
	}
	l.collects, l.image = false, false
	l.height, l.width, l.area = l.height+h, l.width+w, l.area+float64(w)*float64(h)
	l.facts.sizes[[2]int{h, w}] = true
	l.facts.images++
}

// maxDetails bounds the values of one property.
const maxDetails = 100

func (f *pdfFacts) detail(name, value string) {
	if len(f.details[name]) < maxDetails {
		f.details[name] = append(f.details[name], value)
	}
}

var pdfOctal = regexp.MustCompile(`\\[0-3][0-7][0-7]`)

// pdfText returns a string of a PDF as the plug-in reads it.
func pdfText(b []byte) string {
	var s string
	if b[0] == '<' {
		digits := strings.Map(func(r rune) rune {
			if strings.ContainsRune("0123456789abcdefABCDEF", r) {
				return r
			}
			return -1
		}, string(b))
		raw, _ := hex.DecodeString(digits[:len(digits)&^1])
		s = string(raw)
	} else {
		s = strings.TrimSuffix(strings.TrimPrefix(string(b), "("), ")")
		s = pdfOctal.ReplaceAllStringFunc(s, func(o string) string {
			n, _ := strconv.ParseUint(o[1:], 8, 8)
			return string([]byte{byte(n)})
		})
	}
	if strings.HasPrefix(s, "\xfe\xff") || strings.HasPrefix(s, "\xff\xfe") {
		s = strings.ReplaceAll(s[2:], "\x00", "")
	}
	if b[0] != '<' {
		s = strings.NewReplacer(`\(`, "(", `\)`, ")", `\\`, `\`).Replace(s)
	}
	return s[:min(len(s), 256)]
}

// between reports whether a value is from the first argument to the second, which may be missing.
func between(args []string, value float64) int {
	return truth(len(args) > 0 && value >= number(args, 0, 0) && (len(args) < 2 || value <= number(args, 1, 0)))
}

func pdfPixelCoverage(sc *Scan, args []string) int {
	if sc.pdfs().area == 0 {
		return 0
	}
	return between(args, sc.pdfs().area)
}

// pdfSizeExact is pdf_image_size_exact('height', 'width').
func pdfSizeExact(sc *Scan, args []string) int {
	return truth(len(args) >= 2 && sc.pdfs().sizes[[2]int{atoi(args[0]), atoi(args[1])}])
}

// pdfSizeRange is pdf_image_size_range('least height', 'least width', ['most height', 'most width']).
func pdfSizeRange(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	for s := range sc.pdfs().sizes {
		if s[0] >= atoi(args[0]) && s[1] >= atoi(args[1]) && (len(args) < 3 || s[0] <= atoi(args[2])) && (len(args) < 4 ||
			s[1] <= atoi(args[3])) {
			return 1
		}
	}
	return 0
}

func pdfNamed(sc *Scan, args []string) int { return truth(len(args) > 0 && sc.pdfs().names[args[0]]) }

func pdfNameRegex(sc *Scan, args []string) int {
	for name := range sc.pdfs().names {
		if len(args) > 0 && sc.set.pattern(args[0]).find(name) {
			return 1
		}
	}
	return 0
}

// pdfTextRatio is pdf_image_to_text_ratio('low', 'high'): octets of text, the subject included, for each pixel.
func pdfTextRatio(sc *Scan, args []string) int {
	area, text := sc.pdfs().area, 0
	for _, t := range sc.bodyTexts() {
		text += len(t.String())
	}
	if len(args) < 2 || area == 0 || text == 0 {
		return 0
	}
	ratio := float64(text) / area
	return truth(ratio >= number(args, 0, 0) && ratio < number(args, 1, 0))
}

func pdfMatchMD5(of map[string]bool, args []string) int {
	return truth(len(args) > 0 && of[strings.ToUpper(args[0])])
}

// pdfMatchDetails is pdf_match_details('author'|'creator'|'created'|'modified'|'producer'|'title', 'expression').
func pdfMatchDetails(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	for _, value := range sc.pdfs().details[args[0]] {
		if sc.set.pattern(args[1]).find(value) {
			return 1
		}
	}
	return 0
}

// pdfEmptyBody is pdf_is_empty_body(['octets']): beside a PDF there is no more text than that.
func pdfEmptyBody(sc *Scan, args []string) int {
	if sc.pdfs().count == 0 {
		return 0
	}
	n := 0.0
	for _, t := range sc.bodyTexts()[1:] {
		if strings.TrimSpace(t.String()) != "" {
			n += float64(len(t.String()))
		}
	}
	return truth(n <= number(args, 0, 0))
}
