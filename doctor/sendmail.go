package doctor

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"asterism/listen"
)

// leastVerdictWait is how long sendmail must wait for a verdict (E:): spamd gives up a check after four minutes at
// most.
const leastVerdictWait = 4 * time.Minute

// filter is a milter in sendmail's configuration: a name, and equates such as "S=unix:/run/spamd/milter.sock, F=T,
// T=E:5m".
type filter struct {
	name, equates string
	used          bool // among the input mail filters
}

// readSendmail reads sendmail.mc and sendmail.cf, which is made of it. It returns nil where there is no sendmail.
func readSendmail(mc, cf string) (*mta, []Finding) {
	about := on("sendmail")
	made, errCF := os.ReadFile(cf)
	source, errMC := os.ReadFile(mc)
	for _, err := range []error{errCF, errMC} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, []Finding{unreadable(about, err)}
		}
	}
	if errCF != nil && errMC != nil {
		return nil, nil
	}
	m := &mta{about: about, file: cf, remedy: "add to " + mc + ", rebuild sendmail.cf (sendmailconfig) and restart " +
		"sendmail",
		line: func(ours listen.Address) string {
			return "INPUT_MAIL_FILTER(`spamd', `S=" + ours.String() + ", F=T, T=S:2m;R:2m;E:5m')dnl"
		}}
	inCF, inMC := cfFilters(string(made)), mcFilters(string(source))
	rebuild := "rebuild sendmail.cf (sendmailconfig) and restart sendmail"
	var findings []Finding
	if errMC == nil {
		for _, f := range inMC {
			if errCF == nil && f.used && !has(inCF, f) {
				findings = append(findings, about.failure(rebuild, "%s has the filter %s otherwise than %s", cf, f.name, mc))
			}
		}
		for _, f := range inCF {
			if f.used && !has(inMC, f) && !named(inMC, f.name) {
				findings = append(findings, about.warning("put its line into "+mc,
					"%s has the filter %s, but %s does not: the next rebuild drops it", cf,
					f.name, mc))
			}
		}
	}
	if errCF != nil {
		m.file, inCF = mc, inMC
	}
	for _, f := range inCF {
		if !f.used {
			findings = append(findings,
				about.failure("name it in confINPUT_MAIL_FILTERS, or use INPUT_MAIL_FILTER, and "+rebuild,
					"%s defines the filter %s and does not use it", m.file, f.name))
			continue
		}
		a, more := m.filter(f)
		findings = append(findings, more...)
		if a != nil {
			m.targets = append(m.targets, *a)
		}
	}
	return m, findings
}

// has reports whether a filter is used with the same equates.
func has(all []filter, f filter) bool {
	for _, other := range all {
		if other.name == f.name && other.used && squeeze(other.equates) == squeeze(f.equates) {
			return true
		}
	}
	return false
}

func named(all []filter, name string) bool {
	for _, f := range all {
		if f.name == name {
			return true
		}
	}
	return false
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

var mcFilter = regexp.MustCompile("(?m)^(INPUT_)?MAIL_FILTER\\(\\s*`([^']*)'\\s*,\\s*`([^']*)'")

var mcInput = regexp.MustCompile("(?m)^define\\(\\s*`confINPUT_MAIL_FILTERS'\\s*,\\s*`([^']*)'")

// mcFilters returns the filters of a sendmail.mc. What stands behind "dnl" is a comment.
func mcFilters(text string) []filter {
	var lines []string
	for line := range strings.Lines(text) {
		if i := strings.Index(line, "dnl"); i >= 0 {
			line = line[:i] + "\n"
		}
		lines = append(lines, strings.TrimLeft(line, " \t"))
	}
	text = strings.Join(lines, "")
	var input string
	for _, match := range mcInput.FindAllStringSubmatch(text, -1) {
		input = match[1]
	}
	var filters []filter
	for _, match := range mcFilter.FindAllStringSubmatch(text, -1) {
		filters = append(filters, filter{match[2], match[3], match[1] != "" && input == "" || contains(input, match[2])})
	}
	return filters
}

// cfFilters returns the filters of a sendmail.cf: lines "Xname, equates", and the option InputMailFilters.
func cfFilters(text string) []filter {
	var filters []filter
	var input string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if value, ok := strings.CutPrefix(line, "O InputMailFilters="); ok {
			input = value
		}
		if rest, ok := strings.CutPrefix(line, "X"); ok {
			name, equates, _ := strings.Cut(rest, ",")
			filters = append(filters, filter{name: strings.TrimSpace(name), equates: equates})
		}
	}
	for i := range filters {
		filters[i].used = contains(input, filters[i].name)
	}
	return filters
}

// contains reports whether a list of filters, separated by commas or semicolons, has one.
func contains(list, name string) bool {
	for item := range strings.FieldsFuncSeq(list, func(r rune) bool { return strings.ContainsRune(",; \t", r) }) {
		if item == name {
			return true
		}
	}
	return false
}

// filter reads the equates of a filter.
func (m *mta) filter(f filter) (*milterTarget, []Finding) {
	equates := map[string]string{}
	for part := range strings.SplitSeq(f.equates, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		equates[key] = strings.TrimSpace(value)
	}
	at, err := listen.Parse(equates["S"])
	if err != nil {
		return nil, []Finding{m.about.failure("write S=unix:/path or S=inet:port@host", "%s: filter %s: %v", m.file, f.name,
			err)}
	}
	var findings []Finding
	for part := range strings.SplitSeq(equates["T"], ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		if wait, err := sendmailTime(value); key == "E" && (err != nil || wait < leastVerdictWait) {
			findings = append(findings, m.about.warning("write T=S:2m;R:2m;E:5m",
				"%s: filter %s waits %s for a verdict (E:), which may take %v",
				m.file, f.name, value, leastVerdictWait))
		}
	}
	return &milterTarget{at, equates["F"] == ""}, findings
}

// sendmailTime reads a time such as 5m, 30s or 1h; without a unit it is seconds.
func sendmailTime(s string) (time.Duration, error) {
	if s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' {
		s += "s"
	}
	return time.ParseDuration(cmp.Or(s, "0s"))
}
