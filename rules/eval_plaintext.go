package rules

import (
	"strings"

	"asterism/message"
)

// plaintextEvals are the functions that compare the first plain text of a message with the signature at its end.
func plaintextEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"plaintext_body_length":    plaintextBodyLength,
		"plaintext_sig_length":     plaintextSigLength,
		"plaintext_body_sig_ratio": plaintextBodySigRatio,
	}
}

// plaintextBodyLength is plaintext_body_length('least' [, 'most']): bytes of the text above its signature.
func plaintextBodyLength(sc *Scan, args []string) int {
	body, _, ok := sc.plaintext()
	return truth(ok && inRange(float64(body), args))
}

// plaintextSigLength is plaintext_sig_length('least' [, 'most']): bytes of the signature.
func plaintextSigLength(sc *Scan, args []string) int {
	_, sig, ok := sc.plaintext()
	return truth(ok && inRange(float64(sig), args))
}

// noSignature is the ratio of a text without a signature.
const noSignature = 1_000_000

// plaintextBodySigRatio is plaintext_body_sig_ratio('least' [, 'most']): the text's length divided by the signature's.
func plaintextBodySigRatio(sc *Scan, args []string) int {
	body, sig, ok := sc.plaintext()
	ratio := float64(noSignature)
	if sig > 0 {
		ratio = float64(body) / float64(sig)
	}
	return truth(ok && inRange(ratio, args))
}

// inRange reports whether n is at least the first argument and at most the second, if there is one.
func inRange(n float64, args []string) bool {
	return n >= number(args, 0, 0) && (len(args) < 2 || n <= number(args, 1, 0))
}

// decoyEnd is how many bytes at most behind a signature's delimiter make it no delimiter: it stands at the end.
const decoyEnd = 4

// plaintext returns the lengths of the first text/plain part's body and signature, its transfer encoding undone. The
// last line "-- " or "--" divides them. ok is false if there is no such part.
func (sc *Scan) plaintext() (body, sig int, ok bool) {
	var part *message.Part
	walk(sc.msg.Root(), func(p *message.Part) {
		if part == nil && len(p.Children) == 0 && strings.HasPrefix(p.MediaType, "text/plain") {
			part = p
		}
	})
	if part == nil {
		return 0, 0, false
	}
	text := part.DecodedString()
	body = len(text)
	for start := 0; start < len(text); {
		line := text[start : start+lineEnd(text[start:])]
		mark := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		end := start + len(strings.TrimSuffix(line, "\n"))
		if (mark == "--" || mark == "-- ") && len(text)-end > decoyEnd {
			body, sig = start, len(text)-end
		}
		start += len(line)
	}
	return body, sig, true
}
