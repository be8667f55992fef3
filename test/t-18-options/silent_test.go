package options_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"asterism/test/e2e"
	"asterism/test/tool"
)

// perl is where Debian's package has SpamAssassin's modules.
const perl = "/usr/share/perl5/Mail/SpamAssassin"

var (
	perlManual  = regexp.MustCompile(`(?ms)^=\w+.*?^=cut$`)
	perlSetting = regexp.MustCompile(`setting\s*=>\s*["'](\w+)["']`)
	perlAliases = regexp.MustCompile(`(?s)aliases\s*=>\s*\[(.*?)\]`)
	perlParsed  = regexp.MustCompile(`\{key\}\s*(?:eq|=~)\s*["'/^]*([a-z]\w+)`)
	perlWord    = regexp.MustCompile(`["'](\w+)["']`)
)

// foreignOptions returns the names of the options of the installed SpamAssassin and its plug-ins, older names too.
func foreignOptions(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(perl + "/Plugin/*.pm")
	if err != nil || len(files) == 0 {
		tool.Missing(t, "SpamAssassin is missing: install Debian's package spamassassin")
	}
	for _, file := range append(files, perl+"/Conf.pm") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		code, _, _ := strings.Cut(string(source), "\n__END__")
		code = perlManual.ReplaceAllString(code, "")
		for _, re := range []*regexp.Regexp{perlSetting, perlParsed} {
			for _, m := range re.FindAllStringSubmatch(code, -1) {
				names = append(names, m[1])
			}
		}
		for _, list := range perlAliases.FindAllStringSubmatch(code, -1) {
			for _, m := range perlWord.FindAllStringSubmatch(list[1], -1) {
				names = append(names, m[1])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// olderNames are names by which asterism.cf(5) does not list an option.
var olderNames = map[string]string{
	"auto_learn": "bayes_auto_learn", "required_hits": "required_score", "pyzor_max": "pyzor_count_min",
	"pyzor_whitelist_min": "pyzor_welcomelist_min", "pyzor_whitelist_factor": "pyzor_welcomelist_factor",
	"uri_country_db_path": "country_db_path", "hashbl_acl_": "hashbl_acl_NAME",
}

var renamed = strings.NewReplacer("whitelist", "welcomelist", "blacklist", "blocklist")

// language are words of the rule language and of the reader.
var language = strings.Fields(`header body rawbody full uri uri_detail mimeheader meta describe tflags priority
	shortcircuit subjprefix uri_block_cc uri_block_cont uri_block_cidr uri_block_isp uri_block_exclude askdns uridnsbl
	uridnssub urirhsbl urirhssub urinsrhsbl urinsrhssub urifullnsrhsbl urifullnsrhssub replace_tag replace_pre
	replace_inter replace_post replace_rules replace_start replace_end redirector_pattern dns_block_rule loadplugin
	tryplugin require_version enable_compat`)

// exercised returns the text of the tests of the rule language.
func exercised(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, pattern := range strings.Fields(`rules/testdata/language/* rules/*_test.go dnsbl/*_test.go network/*_test.go
		config/*_test.go engine/*_test.go engine/testdata/* test/t-44-spamassassin/*_test.go`) {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil { // folders are none
				all.Write(text)
			}
		}
	}
	return all.String()
}

// TestNoOptionSilent: each option of the installed SpamAssassin has a row here, is a word of the rule language with a
// test, or spamd --lint names a line of it.
func TestNoOptionSilent(t *testing.T) {
	options := foreignOptions(t)
	documented, tests := manual(t), exercised(t)
	var file strings.Builder
	for _, name := range options {
		if name != "require_version" { // it ends the file
			fmt.Fprintf(&file, "%s 0\n%s 1\n", name, name)
		} else {
			file.WriteString("\n\n")
		}
	}
	named := lint(t, file.String())
	rows, words, told := 0, 0, 0
	for i, name := range options {
		current := renamed.Replace(name)
		if newer := olderNames[name]; newer != "" {
			current = newer
		}
		switch {
		case slices.Contains(documented, current):
			rows++
		case slices.Contains(language, name):
			words++
			if !containsWord(tests, name) {
				t.Errorf("%s is a word of the rule language, and no test uses it", name)
			}
		case named[2*i+1]+named[2*i+2] != "":
			told++
		default:
			t.Errorf("%s has no effect, and --lint is silent about it", name)
		}
	}
	t.Logf("%d options of SpamAssassin: %d have rows, %d are words of the rule language, %d are named", len(options), rows,
		words, told)
}

var lintLine = regexp.MustCompile(`(?m)^.*/t\.cf:(\d+): (.*)$`)

// lint returns what spamd --lint says of the lines of a file.
func lint(t *testing.T, text string) map[int]string {
	t.Helper()
	path := e2e.Write(t, t.TempDir(), "t.cf", text, 0o600)
	cmd := exec.Command(e2e.Binary(t, "spamd"), "--lint", "-c", path)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if _, exit := errors.AsType[*exec.ExitError](err); !exit {
			t.Fatal(err)
		}
	}
	named := map[int]string{}
	for _, m := range lintLine.FindAllStringSubmatch(out.String(), -1) {
		var n int
		fmt.Sscan(m[1], &n) // digits
		named[n] = m[2]
	}
	return named
}
