package doctor

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"asterism/listen"
)

// readPostfix reads main.cf and master.cf (postconf(5), master(5)). It returns nil where there is no Postfix.
func readPostfix(mainCF string) (*mta, []Finding) {
	about := on("Postfix")
	text, err := os.ReadFile(mainCF)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []Finding{unreadable(about, err)}
	}
	p := parameters{"milter_default_action": "tempfail", "queue_directory": "/var/spool/postfix", "mail_owner": "postfix"}
	p.read(string(text))
	m := &mta{about: about, file: mainCF, user: p.get("mail_owner"),
		remedy: "add to " + mainCF + " and run postfix reload",
		line:   func(ours listen.Address) string { return "smtpd_milters = " + postfixAddress(ours) }}
	var findings []Finding
	lists := append([]string{p.get("smtpd_milters")}, serviceMilters(filepath.Join(filepath.Dir(mainCF), "master.cf"))...)
	for _, value := range lists {
		for _, item := range splitMilters(p.expand(value, 0)) {
			a, err := p.milter(item)
			if err != nil {
				findings = append(findings, about.failure("write inet:HOST:PORT or unix:PATH", "%s: milter %q: %v", mainCF, item,
					err))
				continue
			}
			m.targets = append(m.targets, a)
		}
	}
	if protocol := p.get("milter_protocol"); protocol != "" && protocol < "3" {
		findings = append(findings, about.failure("milter_protocol = 6",
			"%s: milter_protocol %s does not let milters change a header", mainCF,
			protocol))
	}
	return m, findings
}

// parameters are the parameters of main.cf.
type parameters map[string]string

// read reads lines "name = value"; lines that begin with a blank go on the one before, the last definition of a name
// wins.
func (p parameters) read(text string) {
	for _, line := range logicalLines(text) {
		if name, value, ok := strings.Cut(line, "="); ok {
			p[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
}

// logicalLines joins continued lines, and leaves out comments and empty lines.
func logicalLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#':
		case (line[0] == ' ' || line[0] == '\t') && len(lines) > 0:
			lines[len(lines)-1] += " " + trimmed
		default:
			lines = append(lines, trimmed)
		}
	}
	return lines
}

func (p parameters) get(name string) string { return p.expand(p[name], 0) }

var parameterName = regexp.MustCompile(`\$(?:\{(\w+)\}|\((\w+)\)|(\w+))`)

// maxExpansion bounds parameters that name each other.
const maxExpansion = 10

// expand puts values in the place of $name, ${name} and $(name).
func (p parameters) expand(value string, depth int) string {
	if depth == maxExpansion {
		return value
	}
	return parameterName.ReplaceAllStringFunc(value, func(use string) string {
		return p.expand(p[strings.Trim(use, "$(){}")], depth+1)
	})
}

// serviceMilters returns the values of "-o smtpd_milters=…" in master.cf.
func serviceMilters(masterCF string) []string {
	text, err := os.ReadFile(masterCF)
	if err != nil {
		return nil // main.cf alone counts
	}
	var values []string
	for _, line := range logicalLines(string(text)) {
		words := strings.Fields(line)
		for i, w := range words {
			if value, ok := strings.CutPrefix(w, "smtpd_milters="); ok && i > 0 && words[i-1] == "-o" {
				values = append(values, value)
			}
		}
	}
	return values
}

// splitMilters splits a list of milters, whose elements may be in braces with settings of their own.
func splitMilters(value string) []string {
	var items []string
	for value = strings.TrimLeft(value, ", \t"); value != ""; value = strings.TrimLeft(value, ", \t") {
		end := strings.IndexAny(value, ", \t")
		if value[0] == '{' {
			if end = strings.IndexByte(value, '}'); end >= 0 {
				end++
			}
		}
		if end < 0 {
			end = len(value)
		}
		items = append(items, value[:end])
		value = value[end:]
	}
	return items
}

// milter reads one milter: inet:host:port, unix:path or { either, name=value, … }.
func (p parameters) milter(item string) (milterTarget, error) {
	action := p.get("milter_default_action")
	name := item
	if inner, ok := strings.CutPrefix(item, "{"); ok {
		parts := strings.FieldsFunc(strings.TrimSuffix(inner, "}"), func(r rune) bool {
			return strings.ContainsRune(", \t",
				r)
		})
		name = strings.Join(parts[:min(1, len(parts))], "")
		for _, part := range parts {
			if value, ok := strings.CutPrefix(part, "default_action="); ok {
				action = value
			}
		}
	}
	a := milterTarget{untagged: action == "accept"}
	family, rest, _ := strings.Cut(name, ":")
	if family == "unix" {
		a.Address = listen.Address{Network: "unix", Path: p.socketPath(rest)}
		return a, nil
	}
	if family != "inet" {
		rest = name
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		return a, err
	}
	if a.Address, err = listen.Parse("inet:" + port + "@" + host); err != nil && strings.Contains(host, ":") {
		a.Address, err = listen.Parse("inet6:" + port + "@" + host)
	}
	return a, err
}

// socketPath returns the file of a unix socket, which smtpd in its chroot sees below the queue directory.
func (p parameters) socketPath(path string) string {
	inside := filepath.Join(p.get("queue_directory"), path)
	if _, err := os.Stat(inside); err == nil || !filepath.IsAbs(path) {
		return inside
	}
	return path
}

// postfixAddress writes an address as Postfix does.
func postfixAddress(a listen.Address) string {
	if a.Network == "unix" {
		return "unix:" + a.Path
	}
	host, port := a.Host, a.String()
	port = port[strings.IndexByte(port, ':')+1:]
	port, _, _ = strings.Cut(port, "@")
	if host == "" {
		host = "127.0.0.1"
	}
	return "inet:" + net.JoinHostPort(host, port)
}
