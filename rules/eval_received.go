package rules

import (
	"net/netip"
	"regexp"
	"strings"

	"asterism/message"
)

// receivedEvals are the functions that look at the message's way.
func receivedEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_all_trusted":                            checkAllTrusted,
		"check_no_relays":                              checkNoRelays,
		"check_relays_unparseable":                     checkUnparseable,
		"helo_ip_mismatch":                             heloIPMismatch,
		"check_for_no_rdns_dotcom_helo":                checkNoRDNSDotcomHelo,
		"check_for_forged_received_trail":              checkForgedTrail,
		"gated_through_received_hdr_remover":           gatedThroughRemover,
		"check_for_forged_yahoo_received_headers":      forgedYahoo,
		"check_for_forged_gmail_received_headers":      forgedGmail,
		"check_for_forged_juno_received_headers":       forgedJuno,
		"check_for_forged_eudoramail_received_headers": forgedEudoramail,
		"check_for_forged_hotmail_received_headers":    func(sc *Scan, _ []string) int { return truth(sc.hotmail().forged) },
		"check_for_no_hotmail_received_headers":        func(sc *Scan, _ []string) int { return truth(sc.hotmail().missing) },
		"check_for_fake_aol_relay_in_rcvd":             fakeAOLRelay,
	}
}

func checkAllTrusted(sc *Scan, _ []string) int {
	c := sc.relays()
	return truth(len(c.Trusted) > 0 && len(c.Untrusted) == 0 && c.Unreadable == 0)
}

func checkNoRelays(sc *Scan, _ []string) int {
	c := sc.relays()
	return truth(len(c.Trusted)+len(c.Untrusted) == 0 && c.Unreadable == 0)
}

func checkUnparseable(sc *Scan, _ []string) int { return sc.relays().Unreadable }

// heloIPMismatch says whether a host outside called itself by an address that is in another network than its own.
func heloIPMismatch(sc *Scan, _ []string) int {
	for _, r := range sc.relays().Untrusted {
		helo, err := netip.ParseAddr(r.Helo) // an address in brackets is as RFC 5321 wants it
		if err != nil || !r.IP.IsValid() || r.IP.IsPrivate() || r.IP.IsLoopback() || !helo.Is4() || !r.IP.Is4() {
			continue
		}
		a, _ := helo.Prefix(24)
		if !a.Contains(r.IP) {
			return 1
		}
	}
	return 0
}

// bigMailers are hosts of mail services whose hosts all have names, and one that nobody has.
var bigMailers = regexp.MustCompile(`(?i)(?:^|\.)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)$`)

// checkNoRDNSDotcomHelo says whether the first host outside, of those with public addresses, has no name, but calls itself
// by one of a big mail service.
func checkNoRDNSDotcomHelo(sc *Scan, _ []string) int {
	untrusted := sc.relays().Untrusted
	for i := len(untrusted) - 1; i >= 0; i-- {
		if r := untrusted[i]; !message.PrivateAddr(r.IP) {
			return truth(r.LookedUp && r.RDNS == "" && bigMailers.MatchString(r.Helo))
		}
	}
	return 0
}

// checkForgedTrail counts hosts that took the mail from one that is not the one that the next field names.
func checkForgedTrail(sc *Scan, _ []string) int {
	mismatch := 0
	relays := sc.relays().Untrusted
	for i, r := range relays {
		if i+1 >= len(relays) {
			break
		}
		by := strings.ToLower(relays[i+1].By)
		if by == "" || r.IP.IsPrivate() || r.IP.IsLoopback() {
			continue
		}
		if !strings.Contains(by, ".") || registrable(by) == registrable(r.RDNS) || registrable(by) == registrable(strings.ToLower(r.Helo)) {
			continue
		}
		mismatch++
	}
	return truth(mismatch > 1)
}

// gatedThroughRemover says whether a mailing list took out the Received fields of how the mail came to it.
func gatedThroughRemover(sc *Scan, _ []string) int {
	text := sc.receivedFields()
	if strings.Contains(text, "by listserv.") || strings.Contains(text, "Mailing-List: contact") {
		return 1
	}
	for _, name := range []string{"Mailing-List", "Delivered-To"} {
		if v, ok := sc.Get(name); ok && (strings.Contains(v, "contact ") && strings.Contains(v, "-help@") || strings.HasPrefix(v, "mailing list ")) {
			return 1
		}
	}
	return 0
}

// fromDomain returns the domain of the author's address.
func (sc *Scan) fromDomain() string {
	from, _ := sc.Get("From:addr")
	return domainOf(from)
}

// yahooHost is Received fields that hosts of Yahoo's write, or that others write of hosts with Yahoo's names.
var yahooHost = regexp.MustCompile(`(?i)by web\S+\.mail\S*\.yahoo\.\S+ via|by smtp\S*\.mail\S*\.yahoo\.|by \S+\.(?:grp|groups)\.\S*yahoo\.com|\(\S*\.yahoo\.com \[`)

// forgedYahoo says whether a mail claims to come from Yahoo, but did not pass its hosts.
func forgedYahoo(sc *Scan, _ []string) int {
	domain := sc.fromDomain()
	if domain != "yahoo.com" {
		return 0
	}
	received := sc.receivedFields()
	if _, ok := sc.Get("Resent-From"); ok {
		if _, ok := sc.Get("Resent-To"); ok {
			return 0
		}
	}
	if yahooHost.MatchString(received) || gatedThroughRemover(sc, nil) > 0 {
		return 0
	}
	return 1
}

func forgedGmail(sc *Scan, _ []string) int {
	if sc.fromDomain() != "gmail.com" {
		return 0
	}
	if sc.msg.Header().Has("X-Google-Smtp-Source") || sc.msg.Header().Has("X-Gm-Message-State") || gatedThroughRemover(sc, nil) > 0 {
		return 0
	}
	return truth(!strings.Contains(sc.receivedFields(), ".google.com"))
}

func forgedJuno(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if !strings.HasSuffix(strings.ToLower(from), "juno.com") || gatedThroughRemover(sc, nil) > 0 {
		return 0
	}
	received := sc.receivedFields()
	if strings.Contains(received, "cookie.juno.com") || strings.Contains(received, ".untd.com") || junoHost.MatchString(received) {
		return 0
	}
	return 1
}

var junoHost = regexp.MustCompile(`from \S+\.juno\.com|by \S+\.juno\.com`)

func forgedEudoramail(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if !strings.HasSuffix(strings.ToLower(from), "eudoramail.com") || gatedThroughRemover(sc, nil) > 0 {
		return 0
	}
	received := sc.receivedFields()
	return truth(!strings.Contains(received, "by whowhere.com") && !strings.Contains(received, "shared.com") && !strings.Contains(received, "eudoramail.com ("))
}

// hotmailFacts is what is known of a mail that claims to come from Hotmail.
type hotmailFacts struct {
	forged  bool // a relay claims to be of Hotmail's and is not
	missing bool // no relay is of Hotmail's
}

var (
	hotmailByHTTP = regexp.MustCompile(`(?i)by \S*hotmail\.(?:msn\.)?com with (?:HTTP|Microsoft SMTPSVC)`)
	hotmailHost   = regexp.MustCompile(`(?i)from \S*\.?(?:hotmail|msn)\.com \(\S*(?:hotmail|msn|outlook)\.com[ )]|from mail pickup service by hotmail\.com|by \S*\.(?:hotmail|outlook)\.com`)
	hotmailHelo   = regexp.MustCompile(`(?i)(?:from |HELO |helo=)\S*hotmail\.com\b`)
)

func (sc *Scan) hotmail() hotmailFacts {
	var h hotmailFacts
	received := sc.receivedFields()
	if gatedThroughRemover(sc, nil) > 0 {
		return h
	}
	from, _ := sc.Get("From:addr")
	from = strings.ToLower(from)
	if strings.Contains(received, "from mail pickup service by hotmail.com with Microsoft SMTPSVC;") {
		return h
	}
	if v, ok := sc.Get("X-Originating-IP"); ok && hotmailByHTTP.MatchString(received) && strings.TrimSpace(v) != "" {
		return h
	}
	real := hotmailByHTTP.MatchString(received) || hotmailHost.MatchString(received)
	if real && hotmailByHTTP.MatchString(received) {
		return h
	}
	if hotmailHelo.MatchString(received) && !real {
		h.forged = true
		return h
	}
	h.missing = strings.HasSuffix(from, "@hotmail.com") && !real
	return h
}

var aolRelay = regexp.MustCompile(`(?i)rly-[a-z][a-z]\d\d\.`)

// fakeAOLRelay says whether a Received field names a relay of AOL's that AOL's own fields do not look like.
func fakeAOLRelay(sc *Scan, _ []string) int {
	for line := range strings.Lines(sc.receivedFields()) {
		if aolRelay.MatchString(line) && !strings.Contains(line, "/AOL-") && !strings.Contains(line, "mx.aol.com") {
			return 1
		}
	}
	return 0
}
