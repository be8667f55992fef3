package tag

import (
	"mime"
	"strings"
	"testing"
	"unicode/utf8"

	"asterism/classifier"
)

// TestEncodedWords: what we write into header fields is ASCII, and readers see the same text again (RFC 2047).
func TestEncodedWords(t *testing.T) {
	long := strings.Repeat("größe und maß ", 20)
	for value, want := range map[string]string{
		"plain = text_?": "plain = text_?",
		"größe 7.0":      "größe 7.0",
		"gr\xf6\xdfe 7":  "größe 7",
		"\n\t* 7.0 A Umläute ® ü\n\t* 1.0 B plain": "\n\t* 7.0 A Umläute ® ü\n\t* 1.0 B plain",
		"日本語の説明 end":                               "日本語の説明 end",
		long + "end":                               long + "end",
	} {
		v := &classifier.Verdict{Required: 5}
		for _, o := range []Options{
			{Headers: []Header{{When: "all", Name: "Note", Template: value}}},
			{Headers: []Header{{When: "all", Name: "Note", Template: value}}, NoFold: true},
		} {
			got := o.Fields(v)[1].Value
			for line := range strings.Lines(got) {
				if len(line) > 200 && !o.NoFold || strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
					t.Errorf("%q becomes %q", value, got)
				}
			}
			for word := range strings.FieldsSeq(got) {
				if strings.HasPrefix(word, "=?") && len(word) > 75 {
					t.Errorf("encoded word of %d characters: %s", len(word), word)
				}
			}
			read, err := new(mime.WordDecoder).DecodeHeader(got)
			if squeeze := strings.Fields; err != nil || strings.Join(squeeze(read), " ") != strings.Join(squeeze(want), " ") {
				t.Errorf("%q reads %q, want %q (%v)", value, read, want, err)
			}
		}
		o := Options{Subject: value}
		if got, _ := o.RewriteSubject(" hello", &classifier.Verdict{Score: 9, Required: 5}); !isASCII(got) {
			t.Errorf("subject %q", got)
		}
	}
}
