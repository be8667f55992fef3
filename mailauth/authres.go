package mailauth

import (
	"regexp"
	"slices"
	"strings"

	msgauth "github.com/emersion/go-msgauth/authres"

	"asterism/mailauth/authres"
	"asterism/message"
)

// believed is what trusted filters have found already, by method.
type believed struct {
	spf, dkim, dmarc bool
	mailFrom, helo   SPF
	signatures       []Signature
	policy           DMARC
}

// commentPolicy finds the policy where OpenDMARC and others write it: in a comment, "(p=reject dis=none)".
var commentPolicy = regexp.MustCompile(`(?i)\bp=(none|quarantine|reject)\b`)

// readResults reads the Authentication-Results fields (RFC 8601) of trusted filters. The first field that has a method
// wins; results of one method in later fields are older.
func (c *Checker) readResults(values []string) believed {
	var b believed
	if len(c.opt.Trusted) == 0 {
		return b
	}
	for _, value := range values {
		author, results, ok := authres.Parse(value)
		if !ok || !slices.ContainsFunc(c.opt.Trusted, func(t string) bool { return message.ASCIIDomain(t) == author }) {
			continue
		}
		had := b
		for _, res := range results {
			b.add(res, &had)
		}
	}
	return b
}

// add takes one result; had is what earlier fields have brought.
func (b *believed) add(res authres.Result, had *believed) {
	found := outcome(res.Value)
	switch res.Method {
	case "spf":
		if had.spf {
			return
		}
		b.addSPF(SPF{Outcome: found, Domain: domainOf(res.Params["smtp.mailfrom"]), Reason: res.Reason},
			domainOf(res.Params["smtp.helo"]))
	case "dkim":
		if had.dkim {
			return
		}
		b.dkim = true
		domain := message.ASCIIDomain(res.Params["header.d"])
		if domain == "" {
			domain = domainOf(res.Params["header.i"])
		}
		if isDomain(domain) && found != None {
			b.signatures = append(b.signatures,
				Signature{Domain: domain, Identity: res.Params["header.i"], Outcome: found, Reason: res.Reason})
		}
	case "dmarc":
		if had.dmarc {
			return
		}
		b.dmarc = true
		b.policy = DMARC{Outcome: found, Domain: domainOf(res.Params["header.from"]), Reason: res.Reason, Policy: "none"}
		if m := commentPolicy.FindStringSubmatch(res.Comment); m != nil {
			b.policy.Policy = strings.ToLower(m[1])
		}
	}
}

// addSPF takes a result of SPF, which is of the HELO name if it names no sender.
func (b *believed) addSPF(s SPF, helo string) {
	b.spf = true
	if s.Domain != "" {
		b.mailFrom = s
		return
	}
	s.Domain = helo
	b.helo = s
	if b.mailFrom.Outcome == "" {
		b.mailFrom = s // the null sender's, unless another result follows
	}
}

// outcome brings a result's word into today's form; old filters wrote hardfail for fail.
func outcome(word string) Outcome {
	if word == "hardfail" {
		return Fail
	}
	return Outcome(word)
}

// Header returns the value of an Authentication-Results field (RFC 8601) in the name of the given authserv-id.
func (r *Result) Header(authserv string) string {
	var results []msgauth.Result
	if r.SPF.Outcome != "" {
		s := &msgauth.SPFResult{Value: msgauth.ResultValue(r.SPF.Outcome), From: safe(asciiAddress(r.input.Sender))}
		if s.From == "" {
			s.Helo = safe(message.ASCIIDomain(r.input.Helo))
		}
		results = append(results, s)
	}
	if len(r.DKIM) == 0 {
		results = append(results, &msgauth.DKIMResult{Value: msgauth.ResultNone})
	}
	for _, s := range r.DKIM {
		results = append(results, &msgauth.DKIMResult{
			Value: msgauth.ResultValue(s.Outcome), Domain: safe(s.Domain), Identifier: safe(asciiAddress(s.Identity)),
			Reason: safe(s.Reason),
		})
	}
	if r.DMARC.Outcome != "" {
		results = append(results, &msgauth.DMARCResult{Value: msgauth.ResultValue(r.DMARC.Outcome),
			From: safe(r.DMARC.Domain)})
	}
	var fields []string
	for _, res := range results {
		one := msgauth.Format(authserv, []msgauth.Result{res})
		fields = append(fields, strings.TrimSpace(strings.TrimPrefix(one, authserv+";")))
	}
	return strings.Join(append([]string{authserv}, fields...), ";\n\t")
}

// asciiAddress returns an address with its domain as the DNS has it. An address with a local part outside ASCII becomes
// its domain alone, which is the authenticated part.
func asciiAddress(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	local, domain := address[:at], domainOf(address)
	if strings.IndexFunc(local, func(r rune) bool { return r > '~' }) >= 0 {
		return domain
	}
	return local + "@" + domain
}

// isDomain reports whether a string can be the domain of a signature.
func isDomain(s string) bool {
	return strings.Contains(s, ".") && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// safe drops characters of a stranger's string that a header field must not have.
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
