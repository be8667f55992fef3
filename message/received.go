package message

import (
	"net/netip"
	"strings"
)

// Handover is how a mail got from one host to the next.
type Handover uint8

// The kinds of handover.
const (
	HandoverUnknown Handover = iota // unreadable, or without the address of the client
	HandoverTCP                     // over the network; IP is valid
	HandoverLocal                   // within a host, or a field without a client
	HandoverFetch                   // by a program that collects mail by POP3 or IMAP
)

// Received is one relay of a mail's way, as the relay that took it wrote it down (RFC 5321 section 4.4).
type Received struct {
	Handover     Handover
	IP           netip.Addr // of the host the mail came from; invalid if not recorded
	RDNS         string     // its name by reverse lookup, "" if it had none or nobody looked
	LookedUp     bool       // the relay looks up names: an empty RDNS means that there was none
	MayBeForged  bool       // sendmail's remark that RDNS does not lead back to IP
	Helo         string     // its own name for itself
	Ident        string     // its RFC 1413 user
	By           string     // the host that took the mail
	With         string     // protocol: "ESMTPS", "HTTP", "Microsoft SMTP Server", …
	ID           string     // queue identifier
	For          string     // recipient
	EnvelopeFrom string     // envelope sender
	Auth         string     // how the client authenticated, "" if it did not: "ESMTPSA", "Postfix", "LOGIN", …
	Date         string     // the part after the last semicolon
	Raw          string     // the field's unfolded value; "" for the handover of ParseHandedOver
	Field        int        // index of the field in the header

	heloAsName bool // of the form HELO (IP), in which SpamAssassin takes the HELO for the name
}

// maxRelays bounds the chain; MTAs take more than a hundred for a loop.
const maxRelays = 500

// Relays returns the chain of Received fields, newest first.
func (m *Message) Relays() []Received {
	if !m.haveRelays {
		m.haveRelays = true
		h := &m.root.header
		n := 0
		for i := h.Find("Received", 0); i >= 0 && n < maxRelays; i = h.Find("Received", i+1) {
			n++
		}
		m.relays = make([]Received, 0, n)
		for i := h.Find("Received", 0); len(m.relays) < n && !m.Late(); i = h.Find("Received", i+1) {
			if i == 0 && m.last != nil {
				m.relays = append(m.relays, *m.last)
				continue
			}
			m.relays = append(m.relays, ParseReceived(h.fields[i].value))
			m.relays[len(m.relays)-1].Field = i
		}
	}
	return m.relays
}

// ParseReceived reads the unfolded value of a Received field in any of the forms that MTAs have invented. Each has
// from, by, with, id and for clauses with comments; where the client's two names and its address stand in the from
// clause depends on the MTA.
func ParseReceived(value string) Received {
	r := Received{Raw: value}
	var c clauses
	ok := c.split(value)
	r.Date = c.date
	r.By = strings.Trim(c.by.word(0), "<>,")
	r.With = strings.Trim(c.with.text, " \t,")
	r.For = strings.Trim(c.recipient.word(0), "<>,")
	// there it is a version
	if id := strings.Trim(c.id.word(0), "<>,"); len(id) > 2 && !strings.HasPrefix(r.With, "mapi") {
		r.ID = id
	}
	r.EnvelopeFrom = envelopeFrom(&c)
	if sender := strings.Trim(c.sender.word(0), "<>,"); r.EnvelopeFrom == "" && strings.IndexByte(sender, '@') > 0 &&
		hasPrefixFold(r.With, "[XMail") {
		r.EnvelopeFrom = sender
	}
	if !ok {
		r.Handover = HandoverLocal
		return r
	}
	r.readFrom(&c)
	r.readAuth(&c)
	r.Handover = r.handover(&c)
	return r
}

// handover decides what kind of handover the field describes.
func (r *Received) handover(c *clauses) Handover {
	switch {
	case nothingElse(r.Raw):
		return HandoverLocal
	case hasPrefixFold(r.With, "POP3") || hasPrefixFold(r.With, "IMAP"):
		return HandoverFetch
	case r.IP.IsValid() && (r.By != "" || c.by.nComments > 0):
		return r.handoverFrom(c)
	case strings.HasPrefix(r.With, "local"), hasPrefixFold(r.With, "LOCAL") && c.from.nComments == 0:
		return HandoverLocal
	case c.idFirst && r.By != "": // "from MAILER-DAEMON id e0720 by host"
		return HandoverUnknown
	case c.from.nComments == 0 && (c.from.nWords == 0 || c.from.nWords == 2 || c.from.word(1) == "-"):
		return HandoverUnknown // "from by host", "from some agent by host", "from name - 192.0.2.1 by host"
	case r.By != "" && c.from.nComments == 0 || strings.HasSuffix(c.from.word(0), "@localhost"):
		return HandoverLocal // "from alice by host with Novell_GroupWise"
	}
	for _, text := range c.from.comments[:c.from.nComments] {
		switch text = strings.ToLower(text); {
		case text == "unknown" && c.from.nComments > 1: // qmail's, with a HELO
			return HandoverUnknown
		case text == "", text == "[]", text == "[?.?.?.?]", text == "unverified", text == "[unix socket]",
			strings.HasSuffix(text, "localhost"), strings.HasSuffix(text, "[local]"),
			strings.HasPrefix(text, "localhost "), strings.HasPrefix(text, "from "), strings.HasPrefix(text, "helo="),
			!strings.ContainsAny(text, " []@()") && (c.softwareIs("LSMTP") || c.softwareIs("Content Technologies")),
			text == "unknown" && c.softwareIs("SG") && r.With != "":
			return HandoverLocal // the last three write nothing but a name
		}
	}
	return HandoverUnknown
}

// handoverFrom tells notes of gateways and fields that nobody can vouch for from those of MTAs, where there is an
// address. SpamAssassin draws the same lines.
func (r *Received) handoverFrom(c *clauses) Handover {
	bare := c.via.nWords+c.with.nWords+c.id.nWords+c.by.nComments == 0 // nothing follows the host that took the mail
	comment := c.from.comments[0]
	plain := c.from.nWords == 1 && isPlainHop(c.from.word(0)) // "from 192.0.2.1", the name is the address
	switch {
	case plain && c.from.nComments == 0 && c.by.nWords > 1: // "by host pod-id NONE with HTTPS"
		return HandoverUnknown
	case plain && c.from.nComments == 0 && c.with.nWords+c.via.nWords+c.id.nWords == 0 &&
		!c.softwareIs("InterScan") && !c.softwareIs("SMTPL"): // "by host (SMTP Server)"
		return HandoverLocal
	case plain && c.from.nComments > 0 && c.with.nWords == 0 && !isHelo(comment) && !strings.ContainsAny(comment, "[]"):
		// "(mailfrom:joe@example.com) by host"
		return HandoverUnknown
	case isPlainHop(comment) && strings.IndexByte(comment, '%') >= 0 && !r.byMicrosoft(): // IPv6 with a zone
		return HandoverUnknown
	case c.softwareIs("LSMTP") && strings.IndexByte(comment, ':') >= 0, attached(r.Raw) && strings.IndexByte(comment,
		'[') >= 0:
		return HandoverLocal // "from name([192.0.2.1]) by host (software)"
	case bare && nameless(c), comment == "unverified", strings.HasSuffix(c.by.comments[0], "running VPOP3"):
		return HandoverLocal // "from ([192.0.2.1]) by gateway"
	case (bare || c.from.nWords > 2 && c.from.word(1)[0] != ',') && isPlainHop(comment), c.from.word(1) == "-":
		return HandoverUnknown // "from host (192.0.2.1) by host", "from name - 192.0.2.1 by host"
	}
	return HandoverTCP
}

// byMicrosoft reports whether a server of Microsoft took the mail.
func (r *Received) byMicrosoft() bool {
	return strings.HasPrefix(r.With, "Microsoft SMTP Server") || strings.HasPrefix(r.With, "mapi")
}

// isHelo reports whether a comment gives the HELO.
func isHelo(comment string) bool {
	return hasPrefixFold(comment, "helo") || hasPrefixFold(comment, "ehlo") || strings.Contains(comment, "helo=")
}

// nothingElse reports whether a field has two hosts and a date, "from name by host; date", and the first is no address
// in
// brackets.
func nothingElse(value string) bool {
	before, _, dated := strings.Cut(value, ";")
	var words [5]string
	n := 0
	for w := range strings.FieldsSeq(before) {
		if n == len(words) {
			return false
		}
		words[n] = w
		n++
	}
	_, isAddress := parseHop(words[1])
	return dated && n == 4 && strings.EqualFold(words[0], "from") && strings.EqualFold(words[2], "by") &&
		!(isAddress && words[1][0] == '[')
}

// attached reports whether the field has the form "from name(…) by host with …" or "from name(…) by host (…)", without
// a space
// before the first parenthesis: those who write it are no relays to SpamAssassin.
func attached(value string) bool {
	from, rest, _ := strings.Cut(strings.TrimLeft(value, " \t"), " ")
	name, rest, _ := strings.Cut(rest, " ")
	by, rest, _ := strings.Cut(rest, " ")
	_, rest, _ = strings.Cut(rest, " ")
	if !strings.EqualFold(from, "from") || by != "by" || !strings.HasSuffix(name, ")") || strings.IndexByte(name,
		'(') < 1 {
		return false
	}
	return strings.HasPrefix(rest, "(") || strings.HasPrefix(rest, "with ") || strings.HasPrefix(rest, "for ")
}

// nameless reports whether the from clause has no name of the client, but perhaps its address.
func nameless(c *clauses) bool {
	name := c.from.word(0)
	return name == "" || c.from.comments[0] == "" && isPlainHop(name)
}

// isPlainHop reports whether a text is the address of a client without brackets.
func isPlainHop(s string) bool {
	_, ok := parseHop(s)
	return ok && s[0] != '['
}

// envelopeFrom returns the address after "envelope-from" or one of its other names. These stand in comments, of a
// clause or behind the date; in a word they may be the client's HELO or a recipient.
func envelopeFrom(c *clauses) string {
	for _, clause := range [...]*clause{&c.from, &c.by, &c.via, &c.with, &c.id, &c.recipient, &c.sender} {
		for _, text := range clause.comments[:clause.nComments] {
			if isNote(text) {
				continue
			}
			if address, ok := envelopeIn(text); ok {
				return address
			}
		}
	}
	if c.id.word(1) == "envelope-from" { // Haraka
		return strings.Trim(c.id.word(2), "<>,")
	}
	if _, note, ok := strings.Cut(c.date, " (envelope-"); ok { // FreeBSD's sendmail
		address, _ := envelopeIn("envelope-" + note)
		return address
	}
	return ""
}

// envelopeIn returns the envelope sender that a comment tells.
func envelopeIn(comment string) (string, bool) {
	for _, key := range [...]string{"envelope-from", "envelope-sender", "return-path"} {
		i := indexFold(comment, key)
		if i < 0 {
			continue
		}
		address := strings.TrimLeft(comment[i+len(key):], " =:\t")
		if end := strings.IndexAny(address, " \t,;)"); end >= 0 {
			address = address[:end]
		}
		return strings.Trim(address, "<>"), true
	}
	return "", false
}

// hasPrefixFold reports whether s starts with the ASCII text in any case.
func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// indexFold returns where the lower-case ASCII text key first occurs in s in any case, -1 if it does not.
func indexFold(s, key string) int {
	for i := 0; i+len(key) <= len(s); i++ {
		if s[i]|0x20 == key[0] && strings.EqualFold(s[i:i+len(key)], key) {
			return i
		}
	}
	return -1
}
