package html

import "testing"

func TestPut(t *testing.T) {
	var w Writer
	w.Put(`<a href="/mail/{}" title="{}">{}</a>`, "x", `"><script>`, "<b>'&")
	w.If(false, `no`)
	w.If(true, `<p>{} {}`, 7, uint64(8))
	want := `<a href="/mail/x" title="&#34;&gt;&lt;script&gt;">&lt;b&gt;&#39;&amp;</a><p>7 8`
	if got := string(w.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestNothingHides: no text moves a terminal's cursor, turns the direction, or vanishes.
func TestNothingHides(t *testing.T) {
	for text, want := range map[string]string{
		"\x1b[31mred":        "␛[31mred",
		"a\x00b\x7f":         "a␀b␡",
		"\u009b2J":           "[U+009B]2J",
		"moc\u202e.exe":      "moc[U+202E].exe",
		"zero\u200bwidth":    "zero[U+200B]width",
		"line\none\ttab\r":   "line\none\ttab␍",
		"bad \xff\xfe bytes": "bad \ufffd\ufffd bytes",
		"ü 漢 🙂":              "ü 漢 🙂",
	} {
		t.Run(text, func(t *testing.T) {
			var w Writer
			w.Put(`{}`, text)
			if got := string(w.Bytes()); got != want {
				t.Errorf("%q: got %q, want %q", text, got, want)
			}
		})
	}
}

func TestWrongNumbersOfValuesPanic(t *testing.T) {
	for _, put := range []func(w *Writer){
		func(w *Writer) { w.Put(`{}`) },
		func(w *Writer) { w.Put(`{}`, 1, 2) },
		func(w *Writer) { w.Put(`{}`, struct{}{}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			put(&Writer{})
		}()
	}
}

func FuzzText(f *testing.F) {
	f.Add(`<script>"'&`)
	f.Fuzz(func(t *testing.T, s string) {
		var w Writer
		w.Put(`{}`, s)
		for _, b := range w.Bytes() {
			if b == '<' || b == '>' || b == '"' || b == '\'' || b < ' ' && b != '\n' && b != '\t' || b == 0x7f {
				t.Fatalf("%q became %q", s, w.Bytes())
			}
		}
	})
}
