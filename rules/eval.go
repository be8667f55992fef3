package rules

import (
	"maps"
	"strings"
)

// evalFunc is a function of the rule language. It returns 0 if the rule does not hit, else its value.
type evalFunc func(sc *Scan, args []string) int

// evals are the functions that need nothing but the message, by name.
var evals = func() map[string]evalFunc {
	all := map[string]evalFunc{}
	for _, some := range []map[string]evalFunc{htmlEvals(), mimeEvals(), bodyEvals(), headerEvals(), dateEvals(), listEvals(),
		receivedEvals(), freemailEvals(), uriEvals(), bounceEvals(), imageEvals()} {
		maps.Copy(all, some)
	}
	return all
}()

// netEvals are the functions that others answer: DNS lists, sender authentication, services, the learner.
var netEvals = names(`
	check_bayes
	check_rbl check_rbl_accreditor check_rbl_envfrom check_rbl_from_domain check_rbl_from_host check_rbl_headers
	check_rbl_ns_from check_rbl_rcvd check_rbl_sub check_rbl_txt check_dns_sender
	check_uridnsbl check_hashbl_attachments check_hashbl_bodyre check_hashbl_emails check_hashbl_tag check_hashbl_uris
	check_dcc check_dcc_reputation_range check_pyzor check_razor2 check_razor2_range check_clamav
	check_dkim_adsp check_dkim_dependable check_dkim_signed check_dkim_signsome check_dkim_signall check_dkim_testing
	check_dkim_valid check_dkim_valid_author_sig check_dkim_valid_envelopefrom check_dkim_verified
	check_arc_signed check_arc_valid
	check_for_dkim_welcomelist_from check_for_dkim_whitelist_from
	check_for_def_dkim_welcomelist_from check_for_def_dkim_whitelist_from
	check_for_spf_pass check_for_spf_fail check_for_spf_neutral check_for_spf_none check_for_spf_softfail
	check_for_spf_permerror check_for_spf_temperror check_for_spf_helo_pass check_for_spf_helo_fail
	check_for_spf_helo_neutral check_for_spf_helo_none check_for_spf_helo_softfail check_for_spf_helo_permerror
	check_for_spf_helo_temperror check_for_spf_welcomelist_from check_for_spf_whitelist_from
	check_for_def_spf_welcomelist_from check_for_def_spf_whitelist_from check_spf_skipped_noenvfrom
	check_dmarc_pass check_dmarc_reject check_dmarc_quarantine check_dmarc_none check_dmarc_missing
	check_authres_result`)

func names(text string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(text) {
		set[w] = true
	}
	return set
}
