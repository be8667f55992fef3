package render

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

func TestLetters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		text := make([]byte, r.IntN(40))
		want := 0
		for i := range text {
			text[i] = "\n a!\x00\x7f\x80\xbf\xc0\xc3\xe3\xff\x0b"[r.IntN(13)]
			if c := text[i]; c != ' ' && c != '\n' && (c < 0x80 || c >= 0xc0) {
				want++
			}
		}
		if n := letters(text); n != want {
			t.Fatalf("%q has %d, want %d", text, n, want)
		}
	}
}

func TestFaces(t *testing.T) {
	form := regexp.MustCompile(`^(?i)\s*["']?[a-z][a-z \x{a0}-]*[a-z]\d?["']?(?:,\s*["']?[a-z][a-z ` +
		`\x{a0}-]*[a-z]\d?["']?)*\s*$`)
	lists := map[string]bool{"Arial": true, "Arial, 'Times New Roman',sans-serif ": true, "Helvetica2": true, "": false,
		"A": false, "Arial ,Times": false,
		"Arial,": false, "x12": false, "No\u00a0Break": true, "\u00a0Break": false}
	for list, want := range lists {
		if isFaces(list) != want {
			t.Errorf("%q: %v", list, !want)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100000 {
		text := make([]rune, r.IntN(12))
		for i := range text {
			text[i] = []rune("aaZzbb  -7\"',,\u00a0é\n")[r.IntN(17)]
		}
		if list := string(text); isFaces(list) != form.MatchString(list) {
			t.Fatalf("%q: %v", list, isFaces(list))
		}
	}
}
