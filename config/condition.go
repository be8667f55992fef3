package config

import (
	"slices"
	"strings"

	"asterism/config/expr"
)

const pluginPrefix = "Mail::SpamAssassin::Plugin::"

// nativePlugins are the plug-ins of SpamAssassin whose work Asterism does itself. All count as loaded, unless another
// set of rules takes the place of ours, and *.pre files say by loadplugin lines which ones are.
var nativePlugins = strings.Fields(`
	URIDNSBL SPF Pyzor Razor2 SpamCop AutoLearnThreshold WelcomeListSubject MIMEHeader ReplaceTags DKIM Check HTTPSMismatch
	URIDetail Bayes BodyEval DNSEval HTMLEval HeaderEval MIMEEval RelayEval URIEval WLBLEval VBounce ImageInfo FreeMail
	AskDNS HashBL DMARC DCC Shortcircuit AuthRes FromNameSpoof TextCat RelayCountry ASN URILocalBL Phishing
	OLEVBMacro PDFInfo ExtractText DecodeShortURLs Redirectors`)

// optionalPlugins are native as well, and loaded only if a file says so: they are off as Debian has SpamAssassin.
var optionalPlugins = []string{"AWL", "TxRep"}

// Features are the names that can() and has() find: names of functions after their package's. Each has the eval
// function that must exist for it to be true, or "" for a feature of the rule reader itself.
var Features = map[string]string{
	"Conf::feature_bayes_auto_learn_on_error": "",
	"Conf::feature_blocklist_welcomelist":     "check_from_in_blocklist",
	"Conf::feature_bug6558_free":              "",
	"Conf::feature_capture_rules":             "",
	"Conf::feature_compile_regexp":            "",
	"Conf::feature_dns_block_rule":            "",
	"Conf::feature_dns_query_restriction":     "",
	"Conf::feature_edns":                      "",
	"Conf::feature_get_host":                  "",
	"Conf::feature_header_address_parser":     "",
	"Conf::feature_header_first_last":         "",
	"Conf::feature_header_match_many":         "",
	"Conf::feature_local_tests_only":          "",
	"Conf::feature_meta_rules_matching":       "",
	"Conf::feature_originating_ip_headers":    "",
	"Conf::feature_registryboundaries":        "",
	"Conf::feature_subjprefix":                "",
	"Conf::feature_uri_host_listed":           "check_uri_host_listed",
	"Conf::feature_welcomelist_blocklist":     "check_from_in_welcomelist",
	"Conf::feature_yesno_takes_args":          "",
	"Conf::perl_min_version_5010000":          "",

	"AskDNS::has_tag_header":                     "",
	"BodyEval::has_check_body_length":            "check_body_length",
	"BodyEval::has_plaintext_body_sig_ratio":     "plaintext_body_sig_ratio",
	"DKIM::has_arc":                              "check_arc_valid",
	"DNSEval::has_tflags_domains_only":           "check_rbl_from_host",
	"DNSEval::has_tflags_ips_only":               "check_rbl_from_host",
	"HashBL::has_hashbl_attachments":             "check_hashbl_attachments",
	"HashBL::has_hashbl_bodyre":                  "check_hashbl_bodyre",
	"HashBL::has_hashbl_bodyre_num":              "check_hashbl_bodyre",
	"HashBL::has_hashbl_email_domain":            "check_hashbl_emails",
	"HashBL::has_hashbl_email_domain_alias":      "",
	"HashBL::has_hashbl_email_regex":             "",
	"HashBL::has_hashbl_email_welcomelist":       "",
	"HashBL::has_hashbl_email_whitelist":         "",
	"HashBL::has_hashbl_emails":                  "check_hashbl_emails",
	"HashBL::has_hashbl_ignore":                  "check_hashbl_emails",
	"HashBL::has_hashbl_sha256":                  "check_hashbl_emails",
	"HashBL::has_hashbl_tag":                     "check_hashbl_tag",
	"HashBL::has_hashbl_uris":                    "check_hashbl_uris",
	"MIMEEval::has_check_abundant_unicode_ratio": "check_abundant_unicode_ratio",
	"MIMEEval::has_check_for_ascii_text_illegal": "check_for_ascii_text_illegal",
	"MIMEEval::has_check_qp_ratio":               "check_qp_ratio",
	"MIMEHeader::has_all_header":                 "",
	"MIMEHeader::has_capture_rules":              "",
	"MIMEHeader::has_tflags_concat":              "",
	"MIMEHeader::has_tflags_multiple":            "",
	"MIMEHeader::has_tflags_range":               "",
	"OLEVBMacro::has_olemacro_mhtml_uri":         "check_olemacro_mhtml_uri",
	"OLEVBMacro::has_olemacro_redirect_uri":      "check_olemacro_redirect_uri",
	"OLEVBMacro::has_olertfobject":               "check_olertfobject",
	"SPF::has_check_for_spf_errors":              "check_for_spf_permerror",
	"SPF::has_check_spf_skipped_noenvfrom":       "check_spf_skipped_noenvfrom",
	"URIDetail::has_host_key":                    "",
	"URIDNSBL::has_subtest_for_ranges":           "check_uridnsbl",
	"URIDNSBL::has_tflags_domains_only":          "check_uridnsbl",
	"URIDNSBL::has_tflags_ips_only":              "check_uridnsbl",
	"URIDNSBL::has_tflags_notrim":                "check_uridnsbl",
	"URIDNSBL::has_uridnsbl_a_ns":                "check_uridnsbl",
	"URIDNSBL::has_uridnsbl_for_a":               "check_uridnsbl",
	"URIDNSBL::has_uridnsbl_skip_mailto":         "check_uridnsbl",
}

// newNames is the flag of enable_compat by which rules have only the names that SpamAssassin 4 gave them, such as
// USER_IN_WELCOMELIST, and no USER_IN_WHITELIST beside them that has the score. Our rules have only those names; with
// others in their place the flag is off unless a file sets it.
const newNames = "welcomelist_blocklist"

// condition evaluates the expression of an if line.
func (c *Config) condition(text string) (bool, error) {
	p, err := expr.Parse(text)
	if err != nil {
		return false, err
	}
	return p.Eval(func(i int32) float64 {
		switch o := p.Operands()[i]; {
		case o.Name == "version":
			return Version
		case o.Name == "perl_version":
			return 5.036 // expressions may use what Perl had by then
		case o.Name == "local_tests_only" && c.localOnly:
			return 1
		case o.Name == "plugin" && c.hasPlugin(o.Arg), (o.Name == "can" || o.Name == "has") && c.hasFeature(o.Arg):
			return 1
		}
		return 0
	}) != 0, nil
}

// hasPlugin reports whether a plug-in is loaded; its name may lack the common prefix.
func (c *Config) hasPlugin(name string) bool {
	return c.Plugins[pluginPrefix+strings.TrimPrefix(name, pluginPrefix)]
}

// loadPlugin acts on a loadplugin line, and reports whether the plug-in is known.
func (c *Config) loadPlugin(value string) bool {
	name, _ := cutWord(value)
	name = strings.TrimPrefix(name, pluginPrefix)
	name = strings.NewReplacer("WhiteListSubject", "WelcomeListSubject").Replace(name)
	for _, native := range slices.Concat(nativePlugins, optionalPlugins) {
		if native == name {
			c.Plugins[pluginPrefix+name] = true
			c.named = append(c.named, pluginPrefix+name)
			return true
		}
	}
	return false
}

// loadOnlyNamed takes those plug-ins for loaded that files so far have named, if any has named one.
func (c *Config) loadOnlyNamed() {
	if len(c.named) == 0 {
		return
	}
	clear(c.Plugins)
	for _, name := range c.named {
		c.Plugins[name] = true
	}
}

// hasFeature answers can() and has(): whether a function of a package is one we do the work of.
func (c *Config) hasFeature(function string) bool {
	name, ok := strings.CutPrefix(function, "Mail::SpamAssassin::")
	if !ok {
		return false
	}
	if flag, ok := strings.CutPrefix(name, "Conf::compat_"); ok {
		return c.compat[flag]
	}
	if plugin, ok := strings.CutPrefix(name, "Plugin::"); ok {
		pack, _, _ := strings.Cut(plugin, "::")
		_, known := Features[plugin]
		return known && c.hasPlugin(pack)
	}
	_, known := Features[name]
	return known
}
