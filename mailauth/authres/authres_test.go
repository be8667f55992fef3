package authres

import (
	"fmt"
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	const id = "mx.our.example"
	for _, value := range []string{
		id + "; dmarc=pass", " " + id + ";x", "(x) " + id + ";x", "((x)y)\t(z)" + id + ";x", `"` + id + `";x`,
		`"mx\.our.example";x`, `"mx.our".example;x`,
		id + "(c); x", "MX.Our.Example 1;x", id + "\t1;x", id + "\r\n\t; x", id + ".;x", id + " /1;x", id + "/1;x", "\r\n " +
			id + ";x", id,
		id + " 2;x", id + " ;x", id + "\v1;x", "\v" + id + ";x", "\u00a0" + id + ";x", id + "\u00a0;x", "\x00" + id + ";x",
		"mx.our\x00.example;x",
		"(" + id + ";x", ";" + id + ";x", "<" + id + ">;x", "mx.our(c).example;x", "mx.\u200bour.example;x", `(\))` + id +
			";x",
		id + "=x", "\xff" + id + ";x", id + "\x7f;x",
	} {
		if !Claims(value, id) {
			t.Errorf("%q does not claim", value)
		}
		if !Claims(value, "MX.our.example.") {
			t.Errorf("%q does not claim the name in capitals", value)
		}
	}
	for _, value := range []string{
		"other.example; x", "other.example (mx.our.example); x", "mx.our.example.evil.com; x", "not-mx.our.example; x",
		"xmx.our.example;",
		"(mx.our.example) other.example; x", "1 mx.our.example;", "", ";", "our.example; x", "mx.our.example-x;",
		"other.example; a=mx.our.example",
		"mx_our.example;",
	} {
		if Claims(value, id) {
			t.Errorf("%q claims", value)
		}
	}
	if !Claims("BÜCHER.example; x", "xn--bcher-kva.example") || !Claims("xn--bcher-kva.example; x", "bücher.example") {
		t.Error("U-labels")
	}
}

func TestParse(t *testing.T) {
	for value, want := range map[string]string{
		"mx.example; spf=pass smtp.mailfrom=a@b.example": "mx.example spf=pass map[smtp.mailfrom:a@b.example]",
		"(a) \"mx.example\" (b) 1 (c); dkim = PASS (d) header.d = B.example header.b=ab= reason = \"x; " +
			"y\"": "mx.example dkim=pass map[header.b:ab= header.d:B.example] x; y",
		"mx.example; dkim/1=pass": "mx.example dkim=pass map[]",
		"mx.example; none":        "mx.example",
		"mx.example":              "mx.example",
		"mx.example; spf=fail (dkim=pass header.d=x; dkim=pass) smtp.mailfrom=\"a;dkim=pass " +
			"header.d=x\"@b": "mx.example spf=fail map[smtp.mailfrom:a;dkim=pass header.d=x@b]",
		"mx.example; spf=fail smtp.mailfrom=\"a\\\";dkim=pass\"@b": "mx.example spf=fail map[smtp.mailfrom:a\";dkim=pass@b]",
		"mx.example; dmarc=fail header.from=a header.from=b":       "mx.example dmarc=fail map[header.from:a]",
		"mx.example; =pass; dkim=; dkim; dkim=pass":                "mx.example dkim=pass map[]",
		"mx.example 2; dkim=pass":                                  "no",
		"mx.example x y; dkim=pass":                                "no",
		"mx.example; spf=fail (dkim=pass; dkim=pass header.d=x":    "no",
		"mx.example; spf=fail reason=\"dkim=pass; dkim=pass":       "no",
		"; dkim=pass":      "no",
		"":                 "no",
		"MX.Example.; a=b": "mx.example a=b map[]",
	} {
		got := "no"
		if id, results, ok := Parse(value); ok {
			got = id
			for _, r := range results {
				got += fmt.Sprintf(" %s=%s %v %s", r.Method, r.Value, r.Params, r.Reason)
			}
		}
		if strings.TrimSpace(got) != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

// TestLinear reads 4 MB of anything: a reader that is not linear takes hours.
func TestLinear(t *testing.T) {
	for _, unit := range []string{"(", ";", "\"", "\\", "(\\", "a=b ", "a ", "; a=b", ")", "\u00a0", "=", "()"} {
		value := strings.Repeat(unit, 4_000_000/len(unit))
		Claims(value, "mx.example")
		Parse(value)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("mx.example (a) 1; dkim=pass (b) header.d=\"x\\\"\" reason=\"y\"")
	f.Add("\"mx.example; (")
	f.Fuzz(func(t *testing.T, value string) {
		id, _, ok := Parse(value)
		if ok && id != "" && isASCII(value) && isName(id) && !Claims(value, id) {
			t.Errorf("%q is of %q and does not claim to be", value, id)
		}
	})
}

func isName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == "" && strings.Trim(s, ".") == s
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0 }
