package mailauth

import (
	"regexp"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/authres"
)

// believed is what trusted filters have found already, by method.
type believed struct {
	spf, dkim, dmarc bool
	mailFrom, helo   SPF
	signatures       []Signature
	policy           DMARC
	methods          map[string][]Outcome
}

// openDMARC finds the policy where OpenDMARC and others write it: in a comment.
var openDMARC = regexp.MustCompile(`(?i)\bdmarc\s*=\s*\w+\s*\([^()]*\bp=(none|quarantine|reject)\b`)

// readResults reads the Authentication-Results fields (RFC 8601) of trusted filters. The first field that has a method
// wins; results of one method in later fields are older.
func (c *Checker) readResults(values []string) believed {
	b := believed{methods: make(map[string][]Outcome)}
	if len(c.opt.Trusted) == 0 {
		return b
	}
	for _, value := range values {
		author, results, err := authres.Parse(value)
		if err != nil || !slices.ContainsFunc(c.opt.Trusted, func(t string) bool { return strings.EqualFold(t, author) }) {
			continue
		}
		had := b
		for _, res := range results {
			b.add(res, &had)
		}
		if m := openDMARC.FindStringSubmatch(value); m != nil && !had.dmarc {
			b.policy.Policy = strings.ToLower(m[1])
		}
	}
	return b
}

// add takes one result; had is what earlier fields have brought.
func (b *believed) add(res authres.Result, had *believed) {
	switch res := res.(type) {
	case *authres.SPFResult:
		if had.spf {
			return
		}
		s := SPF{Outcome: outcome(res.Value), Domain: domainOf(res.From), Reason: res.Reason}
		if res.From == "" {
			s.Domain = domainOf(res.Helo)
			b.helo = s
			if b.mailFrom.Outcome == "" {
				b.mailFrom = s // the null sender's, unless another result follows
			}
		} else {
			b.mailFrom = s
		}
		b.spf = true
		b.method("spf", s.Outcome)
	case *authres.DKIMResult:
		if had.dkim {
			return
		}
		b.dkim = true
		b.method("dkim", outcome(res.Value))
		domain := strings.ToLower(res.Domain)
		if domain == "" {
			domain = domainOf(res.Identifier)
		}
		if isDomain(domain) && res.Value != authres.ResultNone {
			b.signatures = append(b.signatures,
				Signature{Domain: domain, Identity: res.Identifier, Outcome: outcome(res.Value), Reason: res.Reason})
		}
	case *authres.DMARCResult:
		if had.dmarc {
			return
		}
		b.dmarc = true
		b.policy = DMARC{Outcome: outcome(res.Value), Domain: domainOf(res.From), Reason: res.Reason, Policy: "none"}
		b.method("dmarc", b.policy.Outcome)
	case *authres.IPRevResult:
		b.method("iprev", outcome(res.Value))
	case *authres.AuthResult:
		b.method("auth", outcome(res.Value))
	case *authres.GenericResult:
		b.method(strings.ToLower(res.Method), outcome(res.Value))
	}
}

func (b *believed) method(name string, o Outcome) { b.methods[name] = append(b.methods[name], o) }

// outcome brings a result's word into today's form; old filters wrote hardfail for fail.
func outcome(v authres.ResultValue) Outcome {
	o := Outcome(strings.ToLower(string(v)))
	if o == "hardfail" {
		return Fail
	}
	return o
}

// Header returns the value of an Authentication-Results field (RFC 8601) in the name of the given authserv-id.
func (r *Result) Header(authserv string) string {
	var results []authres.Result
	if r.SPF.Outcome != "" {
		s := &authres.SPFResult{Value: authres.ResultValue(r.SPF.Outcome), From: safe(r.input.Sender)}
		if s.From == "" {
			s.Helo = safe(r.input.Helo)
		}
		results = append(results, s)
	}
	if len(r.DKIM) == 0 {
		results = append(results, &authres.DKIMResult{Value: authres.ResultNone})
	}
	for _, s := range r.DKIM {
		results = append(results, &authres.DKIMResult{
			Value: authres.ResultValue(s.Outcome), Domain: safe(s.Domain), Identifier: safe(s.Identity), Reason: safe(s.Reason),
		})
	}
	if r.DMARC.Outcome != "" {
		results = append(results, &authres.DMARCResult{Value: authres.ResultValue(r.DMARC.Outcome), From: safe(r.DMARC.Domain)})
	}
	var fields []string
	for _, res := range results {
		one := authres.Format(authserv, []authres.Result{res})
		fields = append(fields, strings.TrimSpace(strings.TrimPrefix(one, authserv+";")))
	}
	return strings.Join(append([]string{authserv}, fields...), ";\n\t")
}

// isDomain says whether a string can be the domain of a signature.
func isDomain(s string) bool {
	return strings.Contains(s, ".") && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// safe drops what a stranger's string must not bring into a header field.
func safe(s string) string {
	if len(s) > 254 {
		s = s[:254]
	}
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' || c == ';' {
			if c == ' ' {
				return c
			}
			return -1
		}
		return c
	}, s)
}
