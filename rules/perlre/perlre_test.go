package perlre

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"asterism/test/tool"
)

// cases are expressions with texts; Perl itself says which of them match and how often.
var cases = []struct {
	expression, flags string
	texts             []string
}{
	{`foo`, "i", []string{"FOO", "fo", "a foo b"}},
	{`^foo$`, "", []string{"foo", "foo\n", "foo\n\n", "x\nfoo"}},
	{`^foo$`, "m", []string{"foo", "x\nfoo\ny", "foo\n"}},
	{`a.c`, "", []string{"abc", "a\nc", "a\xffc"}},
	{`a.c`, "s", []string{"a\nc"}},
	{`\bfoo\b`, "", []string{"foo", "xfoo", "\xe9foo\xe9", "_foo"}},
	{`\w+\W\d\D\s\S`, "", []string{"ab-1x y", "\xe9-1x y", "ab-1x\xa0y", "ab-1x\x0by"}},
	{`[[:alpha:]][[:^digit:]]`, "", []string{"ab", "a1", "1a", "\xe9a"}},
	{`\xe2\x80[\x8b-\x8f]`, "", []string{"x\xe2\x80\x8c", "\xe2\x80\x90", "\xe2\x81\x8b"}},
	{`[\xc0-\xdf]`, "i", []string{"\xe5", "\xc5", "\xdf"}},
	{`[^a-z]`, "i", []string{"A", "\xc3", "-"}},
	{`é`, "i", []string{"É", "é", "\xc3", "\xe9"}},
	{`k`, "i", []string{"K", "\xe2\x84\xaa"}},
	{`(?!viagra)v[i1]agra`, "i", []string{"viagra", "v1agra", "VIAGRA V1AGRA"}},
	{`foo(?=bar)`, "", []string{"foobar", "foobaz", "foobarfoobar"}},
	{`(?<!a)b(?![c-e])`, "", []string{"b", "ab", "bc", "bbb", "xbx", "bdbf"}},
	{`(?<=(?>0|00))0`, "", []string{"00", "0", "000"}},
	{`(?<=ab|c)d`, "", []string{"abd", "cd", "d", "acd"}},
	{`(a+)b\1`, "", []string{"aabaa", "aaba", "ab", "aba aba"}},
	{`(?<q>['"]).*?\k<q>`, "", []string{`'a"`, `"a"`, `'a' 'b'`}},
	{`(\w)\1{2}`, "i", []string{"aAa", "aab", "xbbbx"}},
	{`a++b`, "", []string{"aaab", "aaa"}},
	{`a++ab`, "", []string{"aaab"}},
	{`(?>a|ab)c`, "", []string{"abc", "ac"}},
	{`x{2,3}y{2}z{,2}`, "", []string{"xxyyzz", "xyy", "xxxyy", "xxxxyyzzz"}},
	{`x{a}`, "", []string{"x{a}", "xa"}},
	{`a{2,}?`, "", []string{"aaaa", "a"}},
	{`(?i)a(?-i)b`, "", []string{"Ab", "AB", "ab"}},
	{`(?i:a)b`, "", []string{"Ab", "AB"}},
	{`a | b # c`, "x", []string{"a", " b ", "# c"}},
	{`[ab] [ ]`, "x", []string{"a ", "a"}},
	{`\Qa.b\E+`, "", []string{"a.bb", "Qa.bEE"}},
	{`[\w.-]+@[\]a-]`, "", []string{"a.b-c@]", "x@-", "x@b"}},
	{`[]a]b`, "", []string{"]b", "ab", "bb"}},
	{`[^]a]b`, "", []string{"]b", "ab", "bb"}},
	{`\A\s*\Z`, "", []string{"", "\n", " \n\n", "x"}},
	{`a\z`, "", []string{"a", "a\n"}},
	{`a\R`, "", []string{"a\r\n", "a\n", "a\x85", "ab"}},
	{`\h\H\v\V\N`, "", []string{" a\nbc", "\xa0a\x0bbc", "aa\nbc"}},
	{`\x41\x{42}\103\e\cA\t`, "", []string{"ABC\x1b\x01\t"}},
	{`\x{263a}|z`, "", []string{"\xe2\x98\xba", "z"}},
	{`[\x{100}-\x{200}a]`, "", []string{"a", "\xc4"}},
	{`(?:a|b(?:c|d))e`, "", []string{"ae", "bce", "bde", "be"}},
	{`(a)?(?(1)b|c)`, "", []string{"ab", "c", "ac", "b"}},
	{`a(?#comment)b`, "", []string{"ab"}},
	{`()a||b`, "", []string{"xyz", ""}},
	{`foo$(?:\n|x)`, "", []string{"foo\n", "foox", "foo\nx"}},
	{`^(?:(?!bad).)*$`, "", []string{"good", "a bad one", ""}},
	{`(?=.*\d)(?=.*[A-Z])\w{3,}`, "", []string{"aB1", "ab1", "AB1c"}},
	{`\d{1,3}(?:\.\d{1,3}){3}`, "", []string{"1.2.3.4", "1.2.3", "1.2.3.4 5.6.7.8"}},
	{`(?^i:A)b`, "", []string{"ab", "aB"}},
	{`[a\-z]`, "", []string{"-", "b", "z"}},
	{`[\s\S]x`, "", []string{"\nx", "x"}},
	{`\/\-\@\#\%`, "", []string{"/-@#%"}},
	{`^.{1200}$`, "", []string{strings.Repeat("a", 1200), strings.Repeat("a", 1199)}},
	{`(?:ab){0,1100}c`, "", []string{"abc", "c", "ab"}},
	{`a\Kb`, "", []string{"ab", "b"}},
	{`(?P<n>a)(?P=n)`, "", []string{"aa", "ab"}},
	{`(a)(b)\g{-1}\g1`, "", []string{"abba", "abab"}},
	{`\p{Lu}\P{Lu}`, "", []string{"Aa", "aA"}},
	{`[\d-x]`, "", []string{"-", "5", "x", "a"}},
	{`[a-]`, "", []string{"-", "b"}},
	{`(?<!\d)1(?!\d)`, "", []string{"1", "11", "a1b", "1 1 1"}},
	{`(?s).(?-s).`, "", []string{"\na", "a\n"}},
}

// perl answers, for each expression and text, whether it matches and how often.
func perl(t *testing.T) []string {
	t.Helper()
	var in strings.Builder
	for _, c := range cases {
		for _, text := range c.texts {
			fmt.Fprintf(&in, "%x %s %x\n", c.expression, "-"+c.flags, text)
		}
	}
	cmd := exec.Command(tool.Path(t, "perl", "perl"), "-ne", `
		($e, $f, $t) = split ' '; $f =~ s/-//; $e = pack 'H*', $e; $t = pack 'H*', $t // '';
		$e .= chr 10 if $f =~ /x/; $re = qr/(?$f:$e)/;
		$n = 0; $n++ while $t =~ /$re/g; print $t =~ $re ? 1 : 0, " $n\n";`)
	cmd.Stdin = strings.NewReader(in.String())
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("perl: %v", err)
	}
	var lines []string
	for s := bufio.NewScanner(strings.NewReader(string(out))); s.Scan(); {
		lines = append(lines, s.Text())
	}
	return lines
}

func TestAsPerl(t *testing.T) {
	want := perl(t)
	i := 0
	for _, c := range cases {
		re, err := Compile(c.expression, c.flags)
		for _, text := range c.texts {
			if err != nil {
				t.Errorf("/%s/%s: %v", c.expression, c.flags, err)
			} else {
				x := NewText(text)
				found, err1 := re.Match(&x)
				n, err2 := re.Count(&x, 1000)
				got := "0"
				if found {
					got = "1"
				}
				if got = fmt.Sprintf("%s %d", got, n); got != want[i] || err1 != nil || err2 != nil {
					t.Errorf("/%s/%s on %q: got %s, Perl says %s (%v %v)", c.expression, c.flags, text, got, want[i], err1, err2)
				}
				if brief, err := CompileBriefly(c.expression, c.flags); err != nil {
					t.Error(err)
				} else if same, err := brief.Match(&x); same != found || err != nil {
					t.Errorf("/%s/%s on %q: %v if compiled briefly (%v)", c.expression, c.flags, text, same, err)
				}
				if found && !containsOne(text, re.Literals()) {
					t.Errorf("/%s/%s matches %q without any of %v", c.expression, c.flags, text, re.Literals())
				}
			}
			i++
		}
	}
}

func containsOne(text string, literals *Literals) bool {
	if literals == nil {
		return true
	}
	low := []byte(text)
	for i, c := range low {
		if c >= 'A' && c <= 'Z' {
			low[i] |= 0x20
		}
	}
	for _, l := range literals.Strings {
		if strings.Contains(string(low), l) {
			return true
		}
	}
	return false
}

func TestLiterals(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{`Hello World`, "hello world"},
		{`\b(?:foo|bar)s?\b`, "bar foo"},
		{`v[i1]agra\d`, "v1agra viagra"},
		{`\d+ dollars (?:US|CA)`, " dollars ca  dollars us"},
		{`\w+`, ""},
		{`a?b?`, ""},
		{`(?:abc|\d)`, ""},
		{`x(?:yz)+w`, "xyz"},
		{`(?:ab){2}`, "abab"},
		{`\xE2\x80.foo`, "foo"},
		{`[a-c]<!-[^>]`, "a<!- b<!- c<!-"},
		{`[a-z0-9]<!-`, "<!-"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			re, err := Compile(c.expression, "i")
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if l := re.Literals(); l != nil {
				got = strings.Join(l.Strings, " ")
			}
			if got != c.want {
				t.Errorf("%s: %q, want %q", c.expression, got, c.want)
			}
		})
	}
}

func TestAlso(t *testing.T) {
	for _, c := range []struct{ expression, want string }{
		{`\bfree\b.*\b(?:viagra|cialis)\b`, "free"},
		{`(?:free.*viagra|cialis)`, "cialis free"},
		{`(?:free.*viagra|\$[0-9])`, ""},    // "$0" is too short
		{`viagra.*(?:the|and|you|for)`, ""}, // nearly all texts have one
		{`viagra`, ""},
		{`(?:viagra.*)+zqx`, "zqx"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			re, err := Compile(c.expression, "i")
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(re.Literals().Also(), " "); got != c.want {
				t.Errorf("%s: %q, want %q", c.expression, got, c.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ expression, text, want string }{
		{`(?<a>\w+)@(?<b>[\w\xe9]+)`, "x joe@h\xe9 y", "[map[a:joe b:h\xe9]]"},
		{`(?<a>\w)(?<b>x)?\1(?!z)`, "aaz bb", "[map[a:b]]"},
		{`(?<a>a+)|(?<b>b*)`, "aab", "[map[a:aa] map[b:b] map[]]"},
	} {
		t.Run(c.expression, func(t *testing.T) {
			re, err := Compile(c.expression, "")
			if err != nil {
				t.Fatal(err)
			}
			x := NewText(c.text)
			named, err := re.FindNamed(&x, 9)
			if got := fmt.Sprint(named); got != c.want || err != nil {
				t.Errorf("%s: %q %v", c.expression, got, err)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, expression := range []string{`(`, `)`, `[a`, `*a`, `a**`, `(?z)`, `\1`, `(?(1)a)`, `(?R)`, `(?{1})`, `[b-a]`,
		`a{3,1}`,
		`\`, `\k<x>`, `\p{Klingon}`, strings.Repeat("(", 300), `\N{BULLET}`, `(*FAIL)`, `a{99999}`, `(?<a`} {
		if _, err := Compile(expression, ""); err == nil {
			t.Errorf("%s compiles", expression)
		}
	}
	if _, err := Compile("a", "q"); err == nil {
		t.Error("flag q is taken")
	}
}

// TestCatastrophe gives expressions that backtrack exponentially a text that makes them do so.
func TestCatastrophe(t *testing.T) {
	for _, expression := range []string{`^(a+)+\1b`, `(?:a|aa)+(?<!a)c\b(?=x)`, `(?=(a|a?)+$)(a+)+\2!`} {
		re, err := Compile(expression, "")
		if err != nil {
			t.Fatal(err)
		}
		x := NewText(strings.Repeat("a", 5000) + "b!cx" + strings.Repeat("a", 5000))
		begin := time.Now()
		_, err = re.Match(&x)
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s took %v (%v)", expression, took, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, c := range cases {
		for _, text := range c.texts {
			f.Add(c.expression, c.flags, text)
		}
	}
	f.Fuzz(func(t *testing.T, expression, flags, text string) {
		if len(expression) > 200 || len(text) > 1000 {
			return
		}
		re, err := Compile(expression, flags)
		if err != nil {
			return
		}
		x := NewText(text)
		found, err := re.Match(&x)
		if found && !containsOne(text, re.Literals()) {
			t.Errorf("/%s/%s (%s) matches %q without any of %v", expression, flags, hex.EncodeToString([]byte(expression)), text,
				re.Literals())
		}
		if err == nil {
			n, err := re.Count(&x, 10)
			if err == nil && found != (n > 0) {
				t.Errorf("/%s/%s on %q: Match %v, Count %d", expression, flags, text, found, n)
			}
			if groups, err := re.Find(&x); err == nil && found != (groups != nil) {
				t.Errorf("/%s/%s on %q: Match %v, Find %q", expression, flags, text, found, groups)
			}
		}
	})
}
