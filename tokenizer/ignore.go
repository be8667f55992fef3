package tokenizer

import "bytes"

// alwaysIgnored are header fields added after the sender: other filters' verdicts, and delivery, mailbox and
// mail-reader fields. A scanned mail does not have them yet; a mail being learned does.
var alwaysIgnored = []string{
	"X-Scanned-By", "X-Probably-Spam-Tag", "X-Bogosity", "X-SpamProbe", "X-Spam", "X-Spamd-Bar", "X-Virus-Scanned",
	"X-Virus",
	"X-Amavis-Alert", "X-Amavis-Modified", "X-Quarantine-ID", "X-Antivirus", "X-Gm-Spam", "X-Gm-Phishy", "X-YMailISG",
	"X-YahooFilteredBulk", "X-SmarterMail-Spam", "X-hMailServer-Spam", "X-SNF-Filter", "X-Recommended-Action",
	"X-GMX-Antispam",
	"X-UI-Filterresults", "X-UI-Out-Filterresults", "X-RBL-Warning", "X-Exchange-Antispam-Report-CFA-Test",
	"X-Exchange-Antispam-Report-Test", "X-MS-Exchange-SenderADCheck", "X-MS-Exchange-ATPMessageProperties",
	"X-Brightmail-Tracker",
	"X-Junk", "X-Junkmail", "X-Junkmail-Status", "X-Greylist", "X-Policyd-Weight", "X-DKIM-Result", "X-Auth-Result",
	"X-MS-UserLastLogonTime", "X-Message-Delivery", "X-Message-Info", "X-Sender-IP", "X-Zoho-Virus-Status", "X-Spam-Pass",

	"Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "Delivery-Date", // delivery
	"X-Gm-Original-To", "X-Apparently-To", "X-Envelope-To", "X-Delivered-To", "X-Sieve", "X-Sieve-Redirected-From",
	"Status", "X-Status", "X-Keywords", "X-UID", "X-UIDL", "X-IMAP", "X-IMAPbase", "Content-Length", "Lines", // mailboxes
	"X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys", "X-Gmail-Labels", "X-GM-THRID", "X-GM-MSGID", "X-Evolution",
	"X-Evolution-Source", "X-Account-Key", "X-Folder", "X-TUID",
}

// ignoredPrefixes begin the names of the fields that filters write, in lower case and behind "x-": SpamAssassin and
// this program, rspamd, SpamBayes, DSPAM, CRM114, MailScanner, amavis, virus scanners, Exchange and Microsoft 365,
// and appliances.
var ignoredPrefixes = [][]byte{
	[]byte("spam-"), []byte("spam_"), []byte("spamd-"), []byte("rspamd-"), []byte("rspam-"), []byte("spamcheck-"),
	[]byte("spambayes-"),
	[]byte("spamexperts-"), []byte("spamtest-"), []byte("spamcatcher-"), []byte("spamscan"), []byte("spaminfo"),
	[]byte("spamcop-"),
	[]byte("bogosity-"), []byte("dspam-"), []byte("crm114-"), []byte("mailscanner"), []byte("amavis-"), []byte("virus-"),
	[]byte("virusscan"), []byte("antispam"), []byte("anti-spam"), []byte("antivirus-"), []byte("anti-virus"),
	[]byte("clamav-"), []byte("kaspersky"), []byte("klms-"), []byte("kse-"), []byte("kas-"), []byte("drweb"),
	[]byte("eset-"),
	[]byte("ms-exchange-organization-"), []byte("ms-exchange-antispam"), []byte("ms-exchange-crosstenant-"),
	[]byte("ms-exchange-transport-"), []byte("ms-exchange-forest-"), []byte("ms-exchange-processed-by-"),
	[]byte("ms-exchange-eopdirect"),
	[]byte("ms-exchange-authentication-results"), []byte("clapf-"), []byte("pm-spam"), []byte("ipas-result"),
	[]byte("amp-"),
	[]byte("ms-office365-filtering"), []byte("microsoft-antispam"), []byte("forefront-"), []byte("eop"), []byte("sid-"),
	[]byte("incoming"), []byte("gm-spam"), []byte("gm-phishy"), []byte("google-spam"), []byte("google-phish"),
	[]byte("barracuda-"),
	[]byte("proofpoint-"), []byte("ironport-"), []byte("mimecast-spam"), []byte("mimecast-bulk"),
	[]byte("mimecast-impersonation"),
	[]byte("fireeye"), []byte("cloudmark-"), []byte("cmae-"), []byte("ctch-"), []byte("commtouch"), []byte("sophos-"),
	[]byte("pmx-"),
	[]byte("perlmx-"), []byte("canit"), []byte("roaring"), []byte("tm-as-"), []byte("tmase-"), []byte("trend-"),
	[]byte("imss-"),
	[]byte("fe-policy"), []byte("feas-"), []byte("fortimail"), []byte("mdaemon"), []byte("mdspam"), []byte("assp-"),
	[]byte("vr-spam"),
	[]byte("ovh-spam"), []byte("vade"), []byte("wf-"), []byte("hornet"), []byte("eleven"), []byte("expurgate"),
	[]byte("purgate"),
	[]byte("no-spam"), []byte("not-spam"), []byte("junk-"), []byte("bayes"), []byte("razor"), []byte("pyzor"),
	[]byte("dcc-"),
}

var (
	extensionPrefix = []byte("x-")
	mailScanner     = []byte("-mailscanner") // its fields name the organization before it: X-Example-MailScanner-SpamCheck
)

// prefixesBy are ignoredPrefixes by their first byte.
var prefixesBy = func() (by [256][][]byte) {
	for _, p := range ignoredPrefixes {
		by[p[0]] = append(by[p[0]], p)
	}
	return by
}()

// isFilterField reports whether a field of this name, in lower case, is one that filters write.
func isFilterField(lower []byte) bool {
	rest, ok := bytes.CutPrefix(lower, extensionPrefix)
	if !ok || len(rest) == 0 {
		return false
	}
	for _, p := range prefixesBy[rest[0]] {
		if bytes.HasPrefix(rest, p) {
			return true
		}
	}
	return bytes.Contains(rest, mailScanner)
}
