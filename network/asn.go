package network

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"

	"asterism/config"
	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
	"asterism/rules"
	"asterism/rules/perlre"
)

// asnRule is a rule of check_asn('/expression/' [, 'TAG']): the network from which the message came to the site.
type asnRule struct {
	name, tag string
	re        *perlre.Regexp
}

// asn answers what asks for the network of the client: rules and templates.
type asn struct {
	rules []asnRule
	geo   config.Geo
	set   *rules.Set
	res   *resolver.Resolver
}

// newASN returns nil if nobody wants to know.
func newASN(cfg *config.Config, res *resolver.Resolver, set *rules.Set, used []rules.NetRule) (*asn,
	[]config.Problem) {
	a := &asn{geo: cfg.Geo, set: set, res: res}
	var problems []config.Problem
	for _, r := range used {
		one := asnRule{name: r.Name, tag: "ASN"}
		if len(r.Args) > 1 {
			one.tag = r.Args[1]
		}
		var err error
		if len(r.Args) == 0 {
			problems = append(problems, set.Problem(r.Name, "check_asn takes an expression, such as /^AS1234\\b/"))
			continue
		}
		if one.re, err = delimited(r.Args[0]); err != nil {
			problems = append(problems, set.Problem(r.Name, err.Error()))
			continue
		}
		a.rules = append(a.rules, one)
	}
	if len(a.rules) == 0 && len(a.geo.ASNLookups) == 0 {
		return nil, problems
	}
	if !set.Geo().HasASN() && (len(a.geo.ASNLookups) == 0 || !a.geo.ASNDNS) && len(a.rules) > 0 {
		problems = append(problems, set.Problem(a.rules[0].name,
			"no database of networks and no asn_lookup: set geodb_options asn:/path/GeoLite2-ASN.mmdb"))
	}
	return a, problems
}

// delimited compiles an expression with its delimiters and flags, "/…/i".
func delimited(s string) (*perlre.Regexp, error) {
	if end := strings.LastIndexByte(s, '/'); strings.HasPrefix(s, "/") && end > 0 {
		return perlre.Compile(s[1:end], s[end+1:])
	}
	return perlre.Compile(s, "")
}

// asnAnswer is the values of tags, and which of their names are of networks.
type asnAnswer struct {
	tags map[string][]string
}

// ask finds the network of an address.
func (a *asn) ask(ctx context.Context, ip netip.Addr) asnAnswer {
	answer := asnAnswer{tags: map[string][]string{}}
	found := false
	if a.geo.ASNGeo {
		if number, organization, prefix := a.set.Geo().ASN(ip); number != 0 {
			found = true
			answer.tags["ASN"] = []string{strings.TrimSpace(a.geo.ASNPrefix + strconv.FormatUint(uint64(number), 10) + " " +
				organization)}
			answer.tags["ASNCIDR"] = []string{prefix.String()}
		}
	}
	if !a.geo.ASNDNS || found && a.geo.ASNGeoOnly || a.res == nil {
		return answer
	}
	for _, l := range a.geo.ASNLookups {
		if l.IPv6 != ip.Is6() {
			continue
		}
		result, err := a.res.Lookup(ctx, dnsbl.ReverseName(ip)+"."+l.Zone, dns.TypeTXT)
		if err != nil {
			continue // the tags stay empty
		}
		for _, rr := range result.Records {
			txt, ok := rr.(*dns.TXT)
			if !ok {
				continue
			}
			number, prefix := readASN(txt.Txt)
			if number != "" {
				answer.add(l.ASN, a.geo.ASNPrefix+number)
			}
			if prefix != "" {
				answer.add(l.Prefix, prefix)
			}
		}
	}
	return answer
}

func (a *asnAnswer) add(tag, value string) {
	if !slices.Contains(a.tags[tag], value) {
		a.tags[tag] = append(a.tags[tag], value)
	}
}

var (
	asNumber = regexp.MustCompile(`(?i)^(?:AS)?(\d+)(?:\s+\d+)*$`)
	isPrefix = regexp.MustCompile(`^[0-9a-fA-F.:]+/\d+$`)
)

// readASN reads a record of a zone of networks: number, address and length as three strings, or fields between bars in
// any
// order, of which the first that is a number is the network's.
func readASN(txt []string) (number, prefix string) {
	fields := strings.Split(strings.Join(txt, ""), "|")
	if len(txt) == 3 {
		fields = []string{txt[0], txt[1] + "/" + txt[2]}
	}
	for _, f := range fields {
		f = strings.TrimSpace(f)
		if m := asNumber.FindStringSubmatch(f); m != nil && number == "" {
			number = m[1]
		} else if isPrefix.MatchString(f) && prefix == "" {
			prefix = f
		}
	}
	return number, prefix
}

// judge answers the rules, and gives the scan the tags.
func (a *asn) judge(answer asnAnswer, scan *rules.Scan, hits map[string]string) {
	for tag, values := range answer.tags {
		scan.SetTag(tag, values...)
	}
	for _, r := range a.rules {
		for _, v := range answer.tags[r.tag] {
			text := perlre.NewText(v)
			if found, err := r.re.Match(&text); found && err == nil {
				hits[r.name] = v
			}
		}
	}
}
