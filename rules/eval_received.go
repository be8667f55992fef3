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

// heloIPMismatch reports whether a host outside called itself by an address that is in another network than its own.
func heloIPMismatch(sc *Scan, _ []string) int {
	for _, r := range sc.relays().Untrusted {
		helo, err := netip.ParseAddr(r.Helo) // an address in brackets is as RFC 5321 wants it
		if err != nil || !helo.Is4() || !r.IP.Is4() || message.PrivateAddr(r.IP) || message.PrivateAddr(helo) ||
			isGlued(r) {
			continue
		}
		a, _ := helo.Prefix(24)
		if !a.Contains(r.IP) {
			return 1
		}
	}
	return 0
}

// isGlued reports whether a relay's HELO has no space after it, as in "from host([192.0.2.1])". SpamAssassin takes all
// of it for the HELO, which then is no name and no address.
func isGlued(r message.Relay) bool { return strings.Contains(r.Raw, r.Helo+"([") }

// bigMailers are hosts of mail services whose hosts all have names, and one that nobody has.
var bigMailers = regexp.MustCompile(`(?i)(?:^|\.)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com` +
	`|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)$`)

// checkNoRDNSDotcomHelo reports whether the first host outside, of those with public addresses, has no name, not even
// one that does not lead back to it, but calls itself by one of a big mail service.
func checkNoRDNSDotcomHelo(sc *Scan, _ []string) int {
	untrusted := sc.relays().Untrusted
	for i := len(untrusted) - 1; i >= 0; i-- {
		if r := untrusted[i]; !message.PrivateAddr(r.IP) {
			return truth(r.LookedUp && r.RDNS == "" && !r.MayBeForged && !isGlued(r) && bigMailers.MatchString(r.Helo))
		}
	}
	return 0
}

// trailHost is names that say in which domain a host is.
var trailHost = regexp.MustCompile(`^\w+(?:[\w.-]+\.)+\w+$`)

// trailBreaks is how many breaks of the trail are no accident.
const trailBreaks = 2

// checkForgedTrail reports whether several times a relay was handed the mail by a host of another domain than that of
// the one that took it before.
func checkForgedTrail(sc *Scan, _ []string) int {
	breaks := 0
	relays := sc.relays().Untrusted
	for i := 1; i < len(relays); i++ {
		from, by := strings.ToLower(relays[i-1].RDNS), strings.ToLower(relays[i].By)
		if !trailHost.MatchString(from) || !trailHost.MatchString(by) || strings.HasPrefix(from, "localhost") &&
			relays[i-1].IP.IsLoopback() {
			continue
		}
		if from, by = registrable(from), registrable(by); from != by && !(isMicrosoft(from) && isMicrosoft(by)) {
			breaks++
		}
	}
	return truth(breaks >= trailBreaks)
}

// isMicrosoft reports whether a domain is one of two under which hosts hand mail to each other.
func isMicrosoft(domain string) bool { return domain == "hotmail.com" || domain == "msn.com" }

// listsWithoutTrail are relays of services that take out the Received fields of how the mail came to them.
var listsWithoutTrail = regexp.MustCompile(`from groups\.msn\.com \(\S+\.msn\.com `)

var (
	ezmlm     = regexp.MustCompile(`^contact \S+@\S+; run by ezmlm$`)
	ezmlmList = regexp.MustCompile(`(?m)^mailing list \S+@\S+`)
	qmailLine = regexp.MustCompile(`\(qmail \d+ invoked (?:from network|by .{3,20})\); \d+ [A-Z][a-z]{2} \d{4} `)
)

// gatedThroughRemover reports whether nothing can be said of where a mail came from: it has no Received field, or came
// through a service that takes them out.
func gatedThroughRemover(sc *Scan, _ []string) int {
	if !sc.msg.Header().Has("Received") {
		return 1
	}
	received := sc.receivedFields()
	if ezmlm.MatchString(sc.msg.Header().Value("Mailing-List")) && qmailLine.MatchString(received) {
		if to, _ := sc.Get("Delivered-To"); ezmlmList.MatchString(to) {
			return 1
		}
	}
	return truth(listsWithoutTrail.MatchString(received))
}

// yahooHost is Received fields of Yahoo's own hosts.
var yahooHost = regexp.MustCompile(`by web\S+\.mail\S*\.yahoo\.com via HTTP|by sonic\S+\.consmr\.mail\S*\.yahoo\.com ` +
	`with HTTP|by smtp\S+\.yahoo\.com with SMTP|` +
	yahooGroups)

// yahooGroups is Received fields of Yahoo's lists.
const yahooGroups = `from \[[\d.]+\] by \S+\.(?:groups|scd|dcn)\.yahoo\.com with NNFMP`

// yahooRelay is a relay of Yahoo's recorded by the site's own relays, or the first outside.
var yahooRelay = regexp.MustCompile(`^[^\]]+ rdns=\S+\.yahoo\.com `)

// forgedYahoo reports whether a mail claims to come from Yahoo, but did not pass its hosts.
func forgedYahoo(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if !strings.HasSuffix(strings.ToLower(from), "yahoo.com") || !inDomain(from, "yahoo.com") {
		return 0
	}
	received := sc.receivedFields()
	if forwarded, _ := sc.Get("X-Received"); forwarded != "" && sc.msg.Header().Has("Resent-From") &&
		sc.msg.Header().Has("Resent-To") {
		received = forwarded
	}
	chain := sc.relays()
	if gatedThroughRemover(sc, nil) > 0 || yahooRelay.MatchString(relayLine(chain.Untrusted)) ||
		strings.Contains(relayLine(chain.Trusted), ".yahoo.com helo=") || yahooHost.MatchString(received) {
		return 0
	}
	return truth(!strings.HasSuffix(from, "@reply.yahoo.com") || !strings.Contains(received, ".bulk.scd.yahoo.com"))
}

// inDomain reports whether an address is under a domain.
func inDomain(addr, domain string) bool {
	d := domainOf(addr)
	return d == domain || strings.HasSuffix(d, "."+domain)
}

// gmailHandover is what Gmail's X-Received fields say of its own hosts, by their private addresses; gmailSubmit is what
// a client's
// submission looks like.
var (
	gmailHandover = regexp.MustCompile(`by (?:10\.\S+|2002:a\d\d:\w+:\S+) with SMTP id \S`)
	gmailSubmit   = regexp.MustCompile(`by smtp\.googlemail\.com with ESMTPSA id \S`)
)

// gmailStateLen is how long the values of the two fields are at least, with their newlines, that Gmail adds to each
// mail.
const gmailStateLen = 60

func forgedGmail(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if from = strings.ToLower(from); !strings.HasSuffix(from, "gmail.com") ||
		!isWordStart(from, len(from)-len("gmail.com")) {
		return 0
	}
	state, _ := sc.Get("X-Gm-Message-State")
	source, _ := sc.Get("X-Google-Smtp-Source")
	handover, _ := sc.Get("X-Received")
	genuine := len(source) >= gmailStateLen && len(state) >= gmailStateLen || gmailHandover.MatchString(handover) ||
		gmailSubmit.MatchString(sc.receivedFields())
	return truth(!genuine)
}

// isWordStart reports whether no letter, digit or underscore stands before an index of s.
func isWordStart(s string, i int) bool { return i == 0 || !isAlnum(s[i-1]) && s[i-1] != '_' }

func forgedJuno(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if !strings.HasSuffix(strings.ToLower(from), "juno.com") || gatedThroughRemover(sc, nil) > 0 {
		return 0
	}
	received := sc.receivedFields()
	if strings.Contains(received, "cookie.juno.com") || strings.Contains(received, ".untd.com") ||
		junoHost.MatchString(received) {
		return 0
	}
	return 1
}

var junoHost = regexp.MustCompile(`from \S+\.juno\.com|by \S+\.juno\.com`)

func forgedEudoramail(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	if !inDomain(from, "eudoramail.com") || gatedThroughRemover(sc, nil) > 0 {
		return 0
	}
	sender := sc.msg.Header().Value("X-Sender-Ip")
	return truth(!ipv4.MatchString(sender) || !eudoramailHost.MatchString(sc.receivedFields()))
}

var eudoramailHost = regexp.MustCompile(`by \S*whowhere\.com;`)

// hotmailFacts are the facts about a mail that claims to come from Hotmail.
type hotmailFacts struct {
	forged  bool // a relay calls itself Hotmail's, and none is
	missing bool // the author's address is at Hotmail, and no relay says that it is Hotmail's
}

var (
	hotmailHost = regexp.MustCompile(`from \S*\.hotmail\.com \(|from \S*hotmail\.com \(\S+\.hotmail(?:\.msn)?\.com[ ` +
		`)]|from [\d.]+ by \S+\.hotmail(?:\.msn)?\.com with HTTP|` + yahooGroups)
	hotmailOrg  = regexp.MustCompile(`hotmail\.com|msonline-outlook`)
	outlookHost = regexp.MustCompile(`from \S*\.outbound\.protection\.outlook\.com ` +
		`\(\S+\.outbound\.protection\.outlook\.com[ )]|` +
		`from \S*\.(?:eur|nam)prd\d+\.prod\.outlook\.com \([0-9a-fA-F.:]+\)`)
	hotmailHelo = regexp.MustCompile(`(?:from |HELO |helo=)\S*hotmail\.com\b`)
)

func (sc *Scan) hotmail() hotmailFacts {
	var h hotmailFacts
	received := sc.receivedFields()
	if gatedThroughRemover(sc, nil) > 0 || strings.Contains(received,
		"from mail pickup service by hotmail.com with Microsoft SMTPSVC;") {
		return h
	}
	header := sc.msg.Header()
	if ipv4.MatchString(header.Value("X-Originating-IP")) && hotmailHost.MatchString(received) {
		return h
	}
	if hotmailOrg.MatchString(header.Value("X-OriginatorOrg")) && outlookHost.MatchString(received) {
		return h
	}
	if strings.Contains(received, "hotmail.com") && hotmailHelo.MatchString(received) {
		h.forged = true
		return h
	}
	from, _ := sc.Get("From:addr")
	h.missing = inDomain(from, "hotmail.com")
	return h
}

var (
	aolRelay = regexp.MustCompile(`(?i)\srly-[a-z][a-z]\d\d\.`)
	realAOL  = regexp.MustCompile(`/AOL-\d+\.\d+\.\d+\)|ESMTP id (?:RELAY|MAILRELAY|MAILIN)`)
)

// fakeAOLRelay reports whether a Received field names a host as AOL's relays are named, and none has what AOL's relays
// write.
func fakeAOLRelay(sc *Scan, _ []string) int {
	received := " " + sc.receivedFields()
	return truth(aolRelay.MatchString(received) && !realAOL.MatchString(received))
}
