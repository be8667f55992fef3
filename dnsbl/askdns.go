package dnsbl

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"asterism/dnsbl/resolver"
)

// tagLookup asks for a name made of a template and a message's tags (askdns).
type tagLookup struct {
	rule     string
	template string
	tags     []string // names of the tags in the template, each once
	list     *list    // the zone that the template ends in, if that is fixed
	qtype    uint16
	types    map[uint16]bool // record types that count; nil for all
	filter   subtest         // nil passes every record of those types
	rcodes   map[int]bool    // if set, the status codes that hit, whatever the records
}

// maxNames is how many names one template gives for one message; tags can have many values.
const maxNames = 20

var tagPattern = regexp.MustCompile(`_(HEADER\([^()]*\)|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)_`)

func (c *Checks) addAskDNS(r Rule) error {
	if len(r.Args) == 0 {
		return fmt.Errorf("askdns takes a template, record types and a filter")
	}
	t := &tagLookup{rule: r.Name, template: r.Args[0], qtype: dns.TypeA, types: map[uint16]bool{dns.TypeA: true}}
	for _, m := range tagPattern.FindAllStringSubmatch(t.template, -1) {
		if !slices.Contains(t.tags, m[1]) {
			t.tags = append(t.tags, m[1])
		}
	}
	if len(r.Args) > 1 {
		if err := t.setTypes(r.Args[1]); err != nil {
			return err
		}
	}
	if len(r.Args) > 2 {
		if err := t.setFilter(&c.opt, strings.Join(r.Args[2:], " ")); err != nil {
			return err
		}
	}
	if err := t.setList(c); err != nil {
		return err
	}
	c.tag = append(c.tag, t)
	return nil
}

// setList finds the zone of all the template's names: the part after the last tag, if it has at least two labels.
func (t *tagLookup) setList(c *Checks) (err error) {
	at := tagPattern.FindAllStringIndex(t.template, -1)
	if len(at) == 0 {
		return nil
	}
	rest := strings.Trim(t.template[at[len(at)-1][1]:], ".")
	if strings.HasPrefix(t.template[at[len(at)-1][1]:], ".") && strings.Contains(rest, ".") {
		t.list, err = c.list(rest)
	}
	return err
}

// setTypes reads a list of record types. One type is also the type of the query. Several types become a query for ANY,
// as in SpamAssassin, though few servers answer it in full today (RFC 8482).
func (t *tagLookup) setTypes(list string) error {
	t.types = make(map[uint16]bool)
	for _, name := range strings.Split(strings.ToUpper(list), ",") {
		n, ok := dns.StringToType[name]
		if !ok {
			return fmt.Errorf("record type %q is not known", name)
		}
		t.qtype = n
		t.types[n] = true
	}
	if len(t.types) > 1 || t.types[dns.TypeANY] {
		if t.types[dns.TypeANY] {
			t.types = nil
		}
		t.qtype = dns.TypeANY
	}
	return nil
}

var rcodeList = regexp.MustCompile(`^\[\s*(.*?)\s*\]$`)

// setFilter reads a filter: a quoted string, /regular expression/flags or m{…}flags, a number, range or mask, or a
// list of status codes in brackets.
func (t *tagLookup) setFilter(opt *Options, s string) error {
	var err error
	switch {
	case rcodeList.MatchString(s):
		t.rcodes, err = readRcodes(rcodeList.FindStringSubmatch(s)[1])
	case len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0]:
		want := s[1 : len(s)-1]
		t.filter = func(v string) bool { return v == want }
	case strings.HasPrefix(s, "/") || strings.HasPrefix(s, "m") && len(s) > 1 && !isWord(s[1]):
		var pattern string
		if pattern, err = readPattern(s); err == nil {
			t.filter, err = opt.compile(pattern)
		}
	default:
		t.filter, err = numberTest(s)
	}
	return err
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// readPattern turns /re/flags or m{re}flags into an expression that carries its flags.
func readPattern(s string) (string, error) {
	s = strings.TrimPrefix(s, "m")
	end := s[0]
	if i := strings.IndexByte("({[<", end); i >= 0 {
		end = ")}]>"[i]
	}
	last := strings.LastIndexByte(s, end)
	if last < 1 {
		return "", fmt.Errorf("regular expression %q does not end", s)
	}
	pattern, flags := s[1:last], s[last+1:]
	if strings.Trim(flags, "imsx") != "" {
		return "", fmt.Errorf("regular expression flags %q are not known", flags)
	}
	if flags != "" {
		pattern = "(?" + flags + ":" + pattern + ")"
	}
	return pattern, nil
}

func readRcodes(list string) (map[int]bool, error) {
	codes := make(map[int]bool)
	for _, w := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
		if n, err := strconv.Atoi(w); err == nil {
			codes[n] = true
		} else if n, ok := dns.StringToRcode[strings.ToUpper(w)]; ok {
			codes[n] = true
		} else {
			return nil, fmt.Errorf("DNS status code %q is not known", w)
		}
	}
	return codes, nil
}

// startTags sends the queries that need only the tags known at the start.
func (r *Running) startTags(q *Query) {
	if len(r.c.tag) == 0 {
		return
	}
	known := maps.Clone(q.Tags)
	if known == nil {
		known = make(map[string][]string)
	}
	for _, t := range r.c.tag {
		for _, name := range t.tags {
			if spec, ok := strings.CutPrefix(name, "HEADER("); ok && q.Header != nil {
				known[name] = q.Header(strings.TrimSuffix(spec, ")"))
			}
		}
	}
	r.mu.Lock()
	r.tags = known
	r.mu.Unlock()
	for _, t := range r.c.tag {
		t.start(r, known)
	}
}

// Tag adds a tag's values that were unknown at the start, and sends the queries that need them. Values of a tag that
// has some already are ignored.
func (r *Running) Tag(name string, values ...string) {
	r.mu.Lock()
	if len(values) == 0 || len(r.tags[name]) > 0 {
		r.mu.Unlock()
		return
	}
	r.tags[name] = values
	known := maps.Clone(r.tags)
	r.mu.Unlock()
	for _, t := range r.c.tag {
		if slices.Contains(t.tags, name) {
			t.start(r, known)
		}
	}
	for _, h := range r.c.hash {
		if h.tag == name {
			h.ask(r, h.tagged(r.c, values))
		}
	}
}

// start asks for each name that the template gives, if all its tags have values.
func (t *tagLookup) start(r *Running, tags map[string][]string) {
	names := []string{t.template}
	for _, tag := range t.tags {
		var next []string
		for _, n := range names {
			for _, v := range tags[tag] {
				if len(next) < maxNames {
					next = append(next, strings.ReplaceAll(n, "_"+tag+"_", v))
				}
			}
		}
		names = next
	}
	for _, n := range names {
		if n = hostname(n); n == "" {
			continue
		}
		r.look(t.list, n, t.qtype, func(ans *resolver.Answer) { t.judge(r, n, ans) })
	}
}

// judge looks at an answer.
func (t *tagLookup) judge(r *Running, name string, ans *resolver.Answer) {
	if t.rcodes != nil {
		if t.rcodes[ans.Rcode] {
			r.hit(t.rule, name+" ("+dns.RcodeToString[ans.Rcode]+")")
		}
		return
	}
	for _, rr := range ans.Records {
		if t.types != nil && !t.types[rr.Header().Rrtype] {
			continue
		}
		if a, ok := rr.(*dns.A); ok && t.refused(a) {
			continue
		}
		if v := recordText(rr); t.filter == nil || t.filter(v) {
			r.hit(t.rule, name+" ("+printable(v)+")")
			return
		}
	}
}

// refused reports whether a record is an operator's error answer, and deals with it. Unlike lists', other names may
// well have addresses outside 127.0.0.0/8.
func (t *tagLookup) refused(a *dns.A) bool {
	ip, ok := netip.AddrFromSlice(a.A.To4())
	if !ok || t.list == nil || !network127.Contains(ip) {
		return false
	}
	why, remedy := refusal(t.list.zone, ip)
	if why != "" {
		t.list.refused(ip, why, remedy)
	}
	return why != ""
}

// recordText returns a record's data as filters see it: an address, a text with its strings joined, or the data in zone
// file form.
func recordText(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.A:
		return rr.A.String()
	case *dns.AAAA:
		return rr.AAAA.String()
	case *dns.TXT:
		return resolver.Text(rr.Txt)
	case *dns.SPF:
		return resolver.Text(rr.Txt)
	}
	return strings.TrimPrefix(rr.String(), rr.Header().String())
}
