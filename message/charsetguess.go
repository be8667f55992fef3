package message

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/saintfish/chardet"
	"golang.org/x/text/encoding/charmap"
)

// convertGuess converts text that does not say, or not truly, what it is.
func convertGuess(b []byte) []byte { return convertNamed(b, guessCharset(b)) }

// convertWestern is convertGuess without the detector, for snippets of which there may be many.
func convertWestern(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	return convertTable(b, charmap.Windows1252)
}

// convertNamed converts b from the named charset, from windows-1252 if that fails.
func convertNamed(b []byte, name string) []byte {
	if name == "utf-8" {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	if table := singleByte(name); table != nil {
		return convertTable(b, table)
	}
	if out, ok := convertReader(b, name); ok {
		return out
	}
	return convertTable(b, charmap.Windows1252)
}

// guessCharset returns the name of the charset that b seems to be in.
func guessCharset(b []byte) string {
	const (
		western   = "windows-1252"
		confident = 40 // of 100
	)
	if bytes.IndexByte(b, escape) < 0 {
		if utf8.Valid(b) {
			return "utf-8"
		}
		if looksWestern(b) {
			return western
		}
	}
	results, err := chardet.NewTextDetector().DetectAll(telling(b))
	if err != nil || results[0].Confidence < confident {
		return western
	}
	best := results[0].Charset
	for _, r := range results[1:] {
		if r.Confidence == results[0].Confidence { // they come in any order
			best = min(best, r.Charset)
		}
	}
	return strings.ToLower(best)
}

// looksWestern reports whether most octets above 127 stand alone among ASCII, as accented letters in Western European
// languages do. In other scripts they come in runs, and the detector has to tell which; it takes a millisecond.
func looksWestern(b []byte) bool {
	high, runs := 0, 0
	inRun := false
	for _, c := range b {
		if c < utf8.RuneSelf {
			inRun = false
			continue
		}
		high++
		if !inRun {
			runs++
			inRun = true
		}
	}
	return 3*runs > 2*high
}

// telling returns the part of b that is worth the detector's time: from the first octet above 127 or escape on.
func telling(b []byte) []byte {
	const sample = 512
	for i, c := range b {
		if c >= utf8.RuneSelf || c == escape {
			b = b[i:]
			break
		}
	}
	return b[:min(len(b), sample)]
}
