package mailauth

import (
	"maps"
	"slices"
	"strings"

	"asterism/message"
)

// Functions returns the eval functions of the rule language that Eval answers.
func Functions() []string { return slices.Collect(maps.Keys(evals)) }

// Answers reports whether an eval function of the rule language is one that Eval answers.
func Answers(function string) bool { return evals[function] != nil }

// Eval answers a rule's eval function, and returns its finding. Unknown functions never hit.
func (r *Result) Eval(function string, args []string) (hit bool, detail string) {
	if f := evals[function]; f != nil {
		return f(r, args)
	}
	return false, ""
}

type evalFunc func(r *Result, args []string) (bool, string)

// evals holds the functions of SpamAssassin's plug-ins SPF, DKIM and DMARC.
var evals = map[string]evalFunc{
	"check_for_spf_pass":           spfIs(Pass),
	"check_for_spf_neutral":        spfIs(Neutral),
	"check_for_spf_none":           spfIs(None),
	"check_for_spf_fail":           spfIs(Fail),
	"check_for_spf_softfail":       spfIs(SoftFail),
	"check_for_spf_permerror":      spfIs(PermError),
	"check_for_spf_temperror":      spfIs(TempError),
	"check_for_spf_helo_pass":      heloIs(Pass),
	"check_for_spf_helo_neutral":   heloIs(Neutral),
	"check_for_spf_helo_none":      heloIs(None),
	"check_for_spf_helo_fail":      heloIs(Fail),
	"check_for_spf_helo_softfail":  heloIs(SoftFail),
	"check_for_spf_helo_permerror": heloIs(PermError),
	"check_for_spf_helo_temperror": heloIs(TempError),
	"check_spf_skipped_noenvfrom":  noSender,

	"check_dkim_signed":             signed,
	"check_dkim_valid":              valid,
	"check_dkim_verified":           valid, // its name before SpamAssassin 3.3
	"check_dkim_valid_author_sig":   validAuthor,
	"check_dkim_valid_envelopefrom": validEnvelope,
	"check_dkim_dependable":         dependable,
	"check_dkim_adsp":               adsp,
	"check_dkim_signall":            func(r *Result, _ []string) (bool, string) { return adsp(r, []string{"A"}) },
	"check_dkim_testing":            dkimTesting,

	"check_arc_signed": arcSigned,
	"check_arc_valid":  arcValid,

	"check_dmarc_pass":       dmarcIs(Pass, ""),
	"check_dmarc_reject":     dmarcIs(Fail, "reject"),
	"check_dmarc_quarantine": dmarcIs(Fail, "quarantine"),
	"check_dmarc_none":       dmarcIs(Fail, "none"),
	"check_dmarc_missing":    dmarcIs(None, ""),
}

func spfIs(o Outcome) evalFunc {
	return func(r *Result, _ []string) (bool, string) { return r.SPF.Outcome == o, r.SPF.Domain }
}

func heloIs(o Outcome) evalFunc {
	return func(r *Result, _ []string) (bool, string) { return r.SPFHelo.Outcome == o, r.SPFHelo.Domain }
}

// noSender: SPF could not check an envelope sender, since there is none.
func noSender(r *Result, _ []string) (bool, string) { return r.input.Sender == "", "" }

func dmarcIs(o Outcome, policy string) evalFunc {
	return func(r *Result, _ []string) (bool, string) {
		return r.DMARC.Outcome == o && !r.DMARC.Vouched && (policy == "" || r.DMARC.Policy == policy), r.DMARC.Domain
	}
}

func signed(r *Result, _ []string) (bool, string) {
	if len(r.DKIM) == 0 {
		return false, ""
	}
	return true, r.DKIM[0].Domain
}

// valid: a valid signature at all, whatever its key, or one of the given domains with a key of the size wanted.
func valid(r *Result, domains []string) (bool, string) {
	return r.anySignature(func(s *Signature) bool {
		return len(domains) == 0 || r.strong(s) && listed(domains, s.Domain)
	})
}

// validAuthor: a valid signature of an author's own domain (and, if domains are given, one of those).
func validAuthor(r *Result, domains []string) (bool, string) {
	authors := authorDomains(r.input.From)
	return r.anySignature(func(s *Signature) bool {
		return r.strong(s) && slices.Contains(authors, s.Domain) && (len(domains) == 0 || listed(domains, s.Domain))
	})
}

// validEnvelope: a valid signature of the envelope sender's domain, or of one above it.
func validEnvelope(r *Result, _ []string) (bool, string) {
	sender := domainOf(r.input.Sender)
	return r.anySignature(func(s *Signature) bool { return within(sender, s.Domain) })
}

// dependable: what is said of the signatures does not depend on a failure of the DNS.
func dependable(r *Result, _ []string) (bool, string) { return !r.failing(), "" }

// failing reports whether a key could not be had.
func (r *Result) failing() bool {
	return slices.ContainsFunc(r.DKIM, func(s Signature) bool { return s.Outcome == TempError })
}

// anySignature reports whether a valid signature is as wanted, and whose.
func (r *Result) anySignature(wanted func(*Signature) bool) (bool, string) {
	for i := range r.DKIM {
		if s := &r.DKIM[i]; s.Outcome == Pass && wanted(s) {
			return true, s.Domain
		}
	}
	return false, ""
}

// strong reports whether a signature's key is of the size wanted. Of one that another filter verified it is not known.
func (r *Result) strong(s *Signature) bool {
	return s.KeyBits == 0 || s.KeyBits == 256 || s.KeyBits >= r.opt.MinKeyBits
}

// listed reports whether a domain is one of those given. "*.example.org" stands for all below example.org.
func listed(domains []string, domain string) bool {
	for _, d := range domains {
		d = message.ASCIIDomain(d)
		if below, ok := strings.CutPrefix(d, "*."); ok && strings.HasSuffix(domain, "."+below) || d == domain {
			return true
		}
	}
	return false
}

// Sender returns the envelope sender that was checked.
func (r *Result) Sender() string { return r.input.Sender }

// Authors returns the authors' addresses that were checked.
func (r *Result) Authors() []string { return r.input.From }

// AuthenticSPF reports whether SPF authenticates the envelope sender, for welcomelist_from_spf and welcomelist_auth;
// the caller compares that address with its list.
func (r *Result) AuthenticSPF() bool {
	return r.SPF.Outcome == Pass && r.input.Sender != ""
}

// AuthenticDKIM reports whether a valid signature authenticates an author's address, for welcomelist_from_dkim and
// welcomelist_auth. domain is the signing domain; empty means the author's own, and "*." at its beginning all domains
// below it.
func (r *Result) AuthenticDKIM(author, domain string) bool {
	if domain == "" {
		domain = domainOf(author)
	}
	ok, _ := r.anySignature(func(s *Signature) bool { return r.strong(s) && listed([]string{domain}, s.Domain) })
	return ok
}
