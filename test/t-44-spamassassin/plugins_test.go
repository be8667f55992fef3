package spamassassin_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"asterism/config"
	"asterism/network"
	"asterism/rules"
	"asterism/test/e2e"
	"asterism/test/tool"
)

var update = flag.Bool("update", false, "write the table of plug-ins into the guide")

const (
	plugins = "/usr/share/perl5/Mail/SpamAssassin/Plugin"
	guide   = "docs/from-spamassassin.md"
	begin   = "<!-- plug-ins: made by go test ./test/t-44-spamassassin -run TestPlugins -update -->\n"
	end     = "<!-- end -->\n"
)

// leastAnswered is how many of the functions of SpamAssassin's plug-ins are answered at least.
const leastAnswered = 225

var (
	documentation = regexp.MustCompile(`(?ms)^=\w+.*?^=cut$`)
	registered    = regexp.MustCompile(`register_eval_rule\s*\(?\s*["'](\w+)["']`)
	functionTable = regexp.MustCompile(`(?s)evalfuncs'?\}?\s*=\s*\{(.*?)\}`)
	inTable       = regexp.MustCompile(`["'](\w+)["']\s*=>`)
	setting       = regexp.MustCompile(`setting\s*=>\s*["'](\w+)["']`)
)

// plugin is what one of SpamAssassin's plug-ins has, and what of it is not here.
type plugin struct {
	name                   string
	functions, options     int
	noFunctions, noOptions []string
}

// TestPlugins: the guide's table says for each plug-in of Debian's SpamAssassin which functions are answered and which
// options have an effect.
func TestPlugins(t *testing.T) {
	files, err := filepath.Glob(plugins + "/*.pm")
	if err != nil || len(files) == 0 {
		tool.Missing(t, "SpamAssassin is missing: install Debian's package spamassassin")
	}
	var table strings.Builder
	table.WriteString("| plug-in | functions | options | not here |\n| --- | --- | --- | --- |\n")
	answered, functions, effective, options := 0, 0, 0, 0
	for _, file := range files {
		p := read(t, file)
		if p.functions+p.options == 0 {
			continue
		}
		fmt.Fprintf(&table, "| %s | %d of %d | %d of %d | %s |\n", p.name, p.functions-len(p.noFunctions), p.functions,
			p.options-len(p.noOptions), p.options, strings.Join(append(p.noFunctions, p.noOptions...), " "))
		answered, functions = answered+p.functions-len(p.noFunctions), functions+p.functions
		effective, options = effective+p.options-len(p.noOptions), options+p.options
	}
	fmt.Fprintf(&table, "| all | %d of %d | %d of %d | |\n", answered, functions, effective, options)
	t.Logf("functions: %d of %d; options: %d of %d", answered, functions, effective, options)
	if answered < leastAnswered {
		t.Errorf("%d functions are answered, not %d", answered, leastAnswered)
	}
	path := filepath.Join(e2e.Root(t), guide)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", guide)
	}
	claimed, _, _ := strings.Cut(rest, end)
	if *update {
		if err := os.WriteFile(path, []byte(before+begin+table.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if claimed != table.String() {
		t.Logf("%s is not up to date; run this test with -update", guide)
	}
	if *update {
		return
	}
	actual := figures(table.String())
	for name, claim := range figures(claimed) {
		if is := actual[name]; is[0] < claim[0] || is[1] < claim[1] {
			t.Errorf("%s says of %s that %d functions are answered and %d options have an effect: there are %d and %d", guide,
				name,
				claim[0], claim[1], is[0], is[1])
		}
	}
}

var tableRow = regexp.MustCompile(`(?m)^\| (\w+) \| (\d+) of \d+ \| (\d+) of \d+ \|`)

// figures returns how many functions and options a table says are here, by plug-in.
func figures(table string) map[string][2]int {
	all := map[string][2]int{}
	for _, m := range tableRow.FindAllStringSubmatch(table, -1) {
		functions, _ := strconv.Atoi(m[2]) // digits
		options, _ := strconv.Atoi(m[3])
		all[m[1]] = [2]int{functions, options}
	}
	return all
}

// read finds what a plug-in has.
func read(t *testing.T, file string) plugin {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	code, _, _ := strings.Cut(string(source), "\n__END__")
	code = documentation.ReplaceAllString(code, "")
	names := submatches(registered, code)
	for _, list := range functionTable.FindAllStringSubmatch(code, -1) {
		names = append(names, submatches(inTable, list[1])...)
	}
	p := plugin{name: strings.TrimSuffix(filepath.Base(file), ".pm")}
	for _, name := range unique(names) {
		p.functions++
		if !isAnswered(name) {
			p.noFunctions = append(p.noFunctions, name+"()")
		}
	}
	for _, name := range unique(submatches(setting, code)) {
		p.options++
		if !hasEffect(name) {
			p.noOptions = append(p.noOptions, name)
		}
	}
	return p
}

func submatches(re *regexp.Regexp, text string) (all []string) {
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// isAnswered reports whether a rule that calls a function can hit.
func isAnswered(function string) bool {
	cfg := config.New()
	cfg.Parse("t.cf", []byte("full T eval:"+function+"()\n"))
	set, _ := rules.Compile(cfg, network.Functions())
	return len(set.Inert()) == 0
}

// hasEffect reports whether a line of an option is more than known.
func hasEffect(option string) bool {
	for _, value := range []string{"1", "x", "T x", "(X) x", "x y z"} {
		cfg := config.New()
		problems := cfg.Parse("t.cf", []byte(option+" "+value+"\n"))
		ignored := len(cfg.Ignored) > 0 || slices.ContainsFunc(problems,
			func(p config.Problem) bool { return strings.Contains(p.Text, "unknown option") })
		if ignored {
			return false
		}
	}
	return true
}
