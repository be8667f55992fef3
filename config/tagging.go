package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Tagging configures the header fields and reports in messages.
type Tagging struct {
	Headers       []AddHeader       // add_header, in order
	Rewrite       map[string]string // rewrite_header: text by Subject
	FoldHeaders   bool              // fold_headers
	ReportPart    bool              // report_part: attach the report to spam
	ReportSafe    int               // report_safe
	ReportWidth   int               // report_wrap_width
	Report        []string          // report: lines of the template
	UnsafeReport  []string          // unsafe_report
	ReportContact string            // report_contact
	ReportHost    string            // report_hostname
	CopyHeaders   []string          // report_safe_copy_headers
}

// AddHeader is one header to add to messages. Its template is kept as written; package milter fills in the tags.
type AddHeader struct {
	When     string // spam, ham or all
	Name     string // without X-Spam-
	Template string // \n and \t are newline and tabulator already
}

func tagOptions() []option {
	report := func(c *Config) *[]string { return &c.Tagging.Report }
	unsafeReport := func(c *Config) *[]string { return &c.Tagging.UnsafeReport }
	return []option{
		{name: "add_header", set: addHeader},
		{name: "remove_header", set: removeHeader},
		{name: "clear_headers", set: func(c *Config, v string) error {
			c.Tagging.Headers = nil
			return noValue(v)
		}},
		{name: "rewrite_header", set: rewriteHeader},
		{name: "fold_headers", def: "1", set: flag(func(c *Config) *bool { return &c.Tagging.FoldHeaders })},
		{name: "report_part", def: "0", set: flag(func(c *Config) *bool { return &c.Tagging.ReportPart })},
		{name: "report_safe", def: "0", set: whole(0, 2, func(c *Config) *int { return &c.Tagging.ReportSafe })},
		{name: "report_wrap_width", def: "75", set: whole(20, 998, func(c *Config) *int { return &c.Tagging.ReportWidth })},
		{name: "report", set: templateLine(report)},
		{name: "clear_report_template", set: clearWords(report)},
		{name: "unsafe_report", set: templateLine(unsafeReport)},
		{name: "clear_unsafe_report_template", set: clearWords(unsafeReport)},
		{name: "report_contact", def: "the administrator of that system",
			set: text(func(c *Config) *string { return &c.Tagging.ReportContact })},
		{name: "report_hostname", set: text(func(c *Config) *string { return &c.Tagging.ReportHost })},
		{name: "report_safe_copy_headers", set: words(func(c *Config) *[]string { return &c.Tagging.CopyHeaders })},
	}
}

// templateLine appends a line to a template; quotes around it keep its leading blanks.
func templateLine(field func(*Config) *[]string) setter {
	return func(c *Config, value string) error {
		c.checkTags(value)
		*field(c) = append(*field(c), unquote(value))
		return nil
	}
}

func addHeader(c *Config, value string) error {
	when, rest, _ := strings.Cut(value, " ")
	name, template, _ := strings.Cut(strings.TrimSpace(rest), " ")
	when = strings.ToLower(when)
	if !validKind(when) || name == "" {
		return errors.New("takes spam, ham or all, then a name and a text")
	}
	if i := strings.IndexFunc(name, notHeaderName); i >= 0 {
		return fmt.Errorf("%q cannot be in a header's name", name[i])
	}
	c.checkTags(template)
	dropHeader(c, when, name)
	c.Tagging.Headers = append(c.Tagging.Headers, AddHeader{when, name, unescape(unquote(strings.TrimSpace(template)))})
	return nil
}

func removeHeader(c *Config, value string) error {
	when, name, _ := strings.Cut(value, " ")
	when, name = strings.ToLower(when), strings.TrimSpace(name)
	if !validKind(when) || name == "" {
		return errors.New("takes spam, ham or all, then a name")
	}
	dropHeader(c, when, name)
	return nil
}

// dropHeader removes a header from those added to a kind of messages, keeping it for the other kind.
func dropHeader(c *Config, when, name string) {
	kept := slices.Clone(c.Tagging.Headers[:0])
	for _, h := range c.Tagging.Headers {
		if strings.EqualFold(h.Name, name) {
			switch {
			case when == "all" || h.When == when:
				continue
			case h.When == "all" && when == "spam":
				h.When = "ham"
			case h.When == "all":
				h.When = "spam"
			}
		}
		kept = append(kept, h)
	}
	c.Tagging.Headers = kept
}

func validKind(when string) bool { return when == "spam" || when == "ham" || when == "all" }

func notHeaderName(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
}

func rewriteHeader(c *Config, value string) error {
	name, text, _ := strings.Cut(value, " ")
	name, text = strings.ToLower(name), unquote(strings.TrimSpace(text))
	if name == "" {
		return errors.New("takes subject, from or to, then a text")
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	switch name {
	case "From", "To":
		c.noEffect("only Subject is rewritten")
		return nil
	case "Subject":
		c.checkTags(text)
	default:
		return fmt.Errorf("%q is not subject, from or to", name)
	}
	if text == "" {
		delete(c.Tagging.Rewrite, name)
		return nil
	}
	if c.Tagging.Rewrite == nil {
		c.Tagging.Rewrite = map[string]string{}
	}
	c.Tagging.Rewrite[name] = text
	return nil
}

// unescape resolves the backslashes of a header template: \n, \t, \\; other escaped characters lose the backslash and
// go.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '\\':
			b.WriteByte('\\')
		}
	}
	return b.String()
}
