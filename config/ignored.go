package config

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/net/publicsuffix"
)

// ignored are SpamAssassin's options without effect here. Each returns the ignored part of a value, "" for a value that
// equals the behavior here.
var ignored = sync.OnceValue(func() map[string]func(value string) string {
	const nothing = "has no effect here"
	all := map[string]func(string) string{"util_rb_tld": unknownSuffixes}
	for name := range inert() {
		text := nothing
		if remedy := remedyFor(name); remedy != "" {
			text += ": " + remedy
		}
		all[name] = func(string) string { return text }
	}
	for name := range suite() {
		all[name] = func(string) string { return nothing + ": it is for SpamAssassin's own test suite" }
	}
	for name, value := range settled {
		all[name] = func(v string) string {
			if strings.EqualFold(v, value) {
				return ""
			}
			text := nothing + ", only " + value
			if remedy := remedyFor(name); remedy != "" {
				text += ": " + remedy
			}
			return text
		}
	}
	return all
})

// remedies are replacements of options, by the beginning of their names.
var remedies = map[string]string{
	"allow_user_rules": "rules are the administrator's; users change scores and lists in their own files " +
		"(user_prefs_path)",
	"user_scores_":        "preferences are read from users' files (user_prefs_path); write each user's rows into one",
	"bayes_sql_":          "the learner's store is a file or Redis (bayes_path); teach it by spam-learn",
	"bayes_store_module":  "the learner's store is a file or Redis (bayes_path); teach it by spam-learn",
	"auto_welcomelist_":   "the record of senders is the file of senders_path, or on Redis with bayes_path there",
	"auto_whitelist_":     "the record of senders is the file of senders_path, or on Redis with bayes_path there",
	"txrep_factory":       "the record of senders is the file of senders_path, or on Redis with bayes_path there",
	"user_awl_":           "the record of senders is the file of senders_path, or on Redis with bayes_path there",
	"txrep_expiry_days":   "senders_expire says how long senders are remembered",
	"txrep_user2global_":  "all users have one record of senders",
	"url_shortener_cache": "answers are kept in memory",
}

// remedyFor returns the remedy for an option, "" if there is none.
func remedyFor(name string) string {
	for start, remedy := range remedies {
		if strings.HasPrefix(name, start) {
			return remedy
		}
	}
	return ""
}

// settled are options that have one value here.
var settled = map[string]string{
	"allow_user_rules":       "0",
	"bayes_learn_to_journal": "0",
	"bayes_use_hapaxes":      "1",
	"normalize_charset":      "1",
	"report_charset":         "utf-8",
	"use_razor1":             "0",
}

// suite are lines for SpamAssassin's own test suite, which it passes over itself where it filters.
var suite = nameSet(`reuse run_reuse_tests_only score_set_test test`)

// unknownSuffixes returns the top-level domains of util_rb_tld that are not in the public suffix list, which counts
// here.
func unknownSuffixes(value string) string {
	unknown := slices.DeleteFunc(strings.Fields(strings.ToLower(value)), func(tld string) bool {
		_, icann := publicsuffix.PublicSuffix("x." + tld) // "ck" itself is none: "*.ck" are
		return icann
	})
	if len(unknown) == 0 {
		return ""
	}
	return "has no effect here on top-level domains that the public suffix list does not have: " +
		strings.Join(unknown, " ")
}

// inert are the options of missing parts: Perl modules, their databases and caches.
var inert = nameSet(`
	auto_welcomelist_db_modules auto_welcomelist_factory auto_welcomelist_file_mode auto_welcomelist_path
	auto_whitelist_db_modules auto_whitelist_factory auto_whitelist_file_mode auto_whitelist_path
	txrep_expiry_days txrep_factory txrep_user2global_ratio user_awl_dsn
	user_awl_sql_override_username user_awl_sql_password user_awl_sql_table user_awl_sql_username bayes_journal_max_size
	bayes_seen_ttl bayes_token_ttl bayes_store_module bayes_sql_dsn bayes_sql_username_authorized
	bayes_sql_override_username bayes_learn_during_report bayes_token_sources bayes_stopword_languages
	bayes_max_token_length ignore_received_spf_header use_newest_received_spf_header bayes_stopword_cn bayes_stopword_de
	bayes_stopword_dk bayes_stopword_en bayes_stopword_es bayes_stopword_fi bayes_stopword_fr bayes_stopword_gr
	bayes_stopword_hu bayes_stopword_it bayes_stopword_nl bayes_stopword_no bayes_stopword_pl bayes_stopword_pt
	bayes_stopword_ru bayes_stopword_se bayes_stopword_tr
	url_shortener_cache_autoclean url_shortener_cache_dsn url_shortener_cache_password
	url_shortener_cache_type url_shortener_cache_username url_shortener_loginfo
	url_redirector_cache_autoclean url_redirector_cache_dsn url_redirector_cache_password
	url_redirector_cache_type url_redirector_cache_username url_redirector_loginfo
	dcc_learn_score dccifd_options use_dcc_rep dccifd_path dns_local_ports_avoid
	dns_local_ports_none dns_local_ports_permit dns_test_interval dmarc_save_reports pyzor_fork pyzor_perl razor_fork
	geodb_module country_db_type ignore_always_matching_regexps textcat_max_ngrams textcat_optimal_ngrams lock_method
	mbox_format_from_regex resource_limit_cpu resource_limit_mem shortcircuit_max_spam_score
	shortcircuit_min_ham_score spamcop_from_address spamcop_max_report_size spamcop_relayhost spamcop_to_address
	accessdb dkim_timeout_dns ldap_timeout rbl_headers report_hostname_from use_pyzor_perl user_scores_dsn
	user_scores_fallback_to_global
	user_scores_ldap_password user_scores_ldap_username user_scores_sql_custom_query user_scores_sql_field_preference
	user_scores_sql_field_scope user_scores_sql_field_username user_scores_sql_field_value user_scores_sql_password
	user_scores_sql_table user_scores_sql_username version_tag`)

// EmptyTags are tags of SpamAssassin's templates without a counterpart here: they are empty.
var EmptyTags = strings.Fields(`TOKENSUMMARY BAYESTC BAYESTCLEARNED BAYESTCSPAMMY BAYESTCHAMMY HAMMYTOKENS SPAMMYTOKENS DCCB DCCR
	DCCREP PYZOR DKIMIDENTITY DKIMDOMAIN DKIMSELECTOR`)

// checkTags notes the placeholders of a template that become empty.
func (c *Config) checkTags(template string) {
	for _, name := range EmptyTags {
		if strings.Contains(template, "_"+name+"_") || strings.Contains(template, "_"+name+"(") {
			c.noEffect("_" + name + "_ is always empty here")
		}
	}
}
