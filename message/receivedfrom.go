package message

import (
	"cmp"
	"net/netip"
	"strings"
)

// readFrom finds the client's names and address in the from clause. The forms, and who writes them:
//
//	HELO (RDNS [IP])                    sendmail, Postfix, Gmail; sendmail may put IDENT@ before RDNS
//	RDNS ([IP] helo=HELO ident=IDENT)   Exim, where helo= is left out if it is the same
//	[IP] (helo=HELO ident=IDENT)        Exim, if there is no RDNS
//	RDNS (HELO name) (IDENT@IP)         qmail, where HELO is left out if it is the same
//	RDNS(IP)                            smap
//	RDNS(IP), claiming to be "HELO"     smtpd of the Interjet
//	(HELO) [IP]                         Exim and others, if HELO is not a name that stands in DNS
//	HELO ([IP])                         Microsoft SMTPSVC, Domino and others that do not look up names
//	HELO (IP)                           Microsoft SMTP Server
//	HELO [IP]                           MDaemon and others
func (r *Received) readFrom(c *clauses) {
	f := fromClause{clauses: c, exim: c.softwareIs("Exim"), name: c.from.word(0), heloFirst: true}
	for _, text := range c.from.comments[:c.from.nComments] {
		r.readComment(&f, text)
	}
	r.readAddress(&f)
	r.assignName(&f)
	if c.from.word(1) == "," && c.from.word(2) == "claiming" {
		helo, _ := wordAfter(r.Raw, ", claiming to be ")
		r.Helo = strings.Trim(helo, `"`)
	}
	r.RDNS = strings.TrimRight(r.RDNS, ".")
	if strings.EqualFold(r.RDNS, "unknown") || strings.HasPrefix(r.RDNS, "[") {
		r.RDNS = ""
	}
	r.heloAsName = r.RDNS == "" && !strings.EqualFold(f.name, "unknown") && onlyAddress(c) &&
		(qmailWith(r.Raw) && c.by.nWords == 1 || r.Ident != "" && c.by.nComments == 0)
	noLookup := f.exim || isQmail(c) || strings.HasPrefix(r.With, "Microsoft") && c.by.nWords < 2 ||
		c.softwareIs("Lotus Domino") || isZMailer(c.from.comments[0])
	r.LookedUp = r.RDNS != "" || f.inComment && !noLookup || c.softwareIs("MDaemon")
}

// fromClause is a from clause that is being read.
type fromClause struct {
	*clauses
	exim      bool
	name      string // the first word, unless it turns out to be no name
	heloFirst bool   // name is the HELO, not the RDNS
	heloSaid  bool   // a comment gave the HELO, perhaps an empty one
	inComment bool   // a comment gave the address
}

// readComment reads a comment of the clause: an address, the names beside it, or one of them.
func (r *Received) readComment(f *fromClause, text string) {
	before := r.IP
	switch bracket := strings.IndexByte(text, '['); {
	case text == "", isNote(text):
	case r.readHelo(text):
		f.heloFirst, f.heloSaid = false, true
	case bracket >= 0 && r.readBracket(text, bracket):
		f.inComment = true
		if before.IsValid() && r.IP != before { // what was read so far are the client's words
			f.heloFirst, f.heloSaid, r.Helo = true, false, ""
		}
		if strings.TrimSpace(text[:bracket]) == "" && (f.exim || r.Helo != "" && !isZMailer(text)) || r.Ident != "" &&
			isQmail(f.clauses) {
			f.heloFirst = false
		} else if strings.HasSuffix(text, "] verified") && f.softwareIs("CommuniGate Pro") {
			f.heloFirst = false
		}
	default:
		ident, addr := "", text
		if i := strings.LastIndexByte(text, '@'); i >= 0 {
			ident, addr = text[:i], text[i+1:]
		}
		addr, _, _ = strings.Cut(addr, ",") // smap: "(1.2.3.4, HELO name)"
		addr, _, _ = strings.Cut(addr, " ") // Yahoo: "(user@1.2.3.4 with login)"
		if ip, ok := parseHop(addr); ok && !r.IP.IsValid() {
			r.IP, r.Ident, f.inComment = ip, ident, true
			if !strings.Contains(r.With, "Microsoft") && !strings.HasPrefix(r.With, "mapi") {
				f.heloFirst = false
			}
		}
	}
}

// readAddress finds the address among the words where no comment has it. A name that is the address is none.
func (r *Received) readAddress(f *fromClause) {
	ip, isAddress := parseHop(f.name)
	if r.IP.IsValid() {
		if isAddress && ip == r.IP && (r.Helo != "" && f.from.nComments < 2 || accountName(f.clauses)) {
			f.name = ""
		}
		return
	}
	if ip, ok := addressAmong(f.from.word(1), f.from.word(2), f.from.word(3), f.sender.word(0)); ok {
		r.IP = ip
		f.heloFirst = f.heloFirst && !f.exim || f.heloSaid
		if f.heloSaid {
			f.name = ""
		}
		return
	}
	if !isAddress {
		return
	}
	r.IP, f.name = ip, ""
	if text := f.from.comments[0]; text != "" && strings.HasPrefix(r.Raw, "from (") { // "(HELO) [IP]"
		r.Helo = "(" + text + ")"
		if f.exim {
			r.RDNS = r.Helo
		}
	}
}

// assignName makes the first word the HELO or the RDNS.
func (r *Received) assignName(f *fromClause) {
	switch {
	case f.name == "" && f.from.word(0) == "": // MailEnable: "from (HELO [IP])"
		r.Helo, r.RDNS = cmp.Or(r.Helo, r.RDNS), ""
	case f.name == "":
	case strings.HasPrefix(r.With, "HTTP") && accountName(f.clauses):
	case f.heloFirst:
		if r.Helo == "" {
			r.Helo = f.name
		}
	default:
		if r.RDNS == "" {
			r.RDNS = f.name
		}
		if r.Helo == "" && r.IP.IsValid() && !f.heloSaid && !strings.Contains(f.via.word(0), "smap") {
			r.Helo = f.name // Exim and qmail leave it out where it is the same
		}
	}
}

// isNote reports whether a comment of a from clause tells of the connection, not of the client's names: parts of it,
// such as the subject of a certificate, may be the client's words.
func isNote(text string) bool {
	for _, start := range [...]string{"using ", "Client ", "No client ", "Authenticated sender: "} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// accountName reports whether the from clause names the account of a user who has authenticated, as CommuniGate and
// programs for reading mail in a browser write it. They have no HELO.
func accountName(c *clauses) bool {
	for _, text := range c.from.comments[:c.from.nComments] {
		if strings.HasPrefix(text, "account ") || strings.Contains(text, " authenticated user ") {
			return true
		}
	}
	return c.from.word(1) == "as" && c.from.word(2) == "user"
}

// isQmail reports whether the field has the form of qmail's: its with clause ends in SMTP or QMQP, and no queue
// identifier follows.
func isQmail(c *clauses) bool {
	last := c.with.word(c.with.nWords - 1)
	return (last == "SMTP" || last == "QMQP") && c.via.nWords == 0 && (c.id.nWords == 0 || c.with.nComments > 0)
}

// isZMailer reports whether a comment is of ZMailer's form, [IP]:port "EHLO name" rhost-flags-OK.
func isZMailer(comment string) bool {
	return strings.HasPrefix(comment, "[") && (strings.Contains(comment, ` "EHLO `) || strings.Contains(comment,
		` "HELO `))
}

// qmailWith reports whether SpamAssassin takes a field with a client's address and no name for one of qmail's: its
// protocol is
// SMTP or QMQP, alone or as a word's start, and no id follows. What others write so, Exchange among them, it reads
// alike.
func qmailWith(value string) bool {
	_, rest, ok := strings.Cut(value, " with ")
	if !ok || strings.Contains(value, " SMTPSVC") || strings.Contains(value, " via smtpd ") || strings.Contains(value,
		"Exim") {
		return false
	}
	for rest = " " + rest; ; {
		i := strings.Index(rest, " SMTP")
		if j := strings.Index(rest, " QMQP"); i < 0 || j >= 0 && j < i {
			i = j
		}
		if i < 0 {
			return false
		}
		if rest = rest[i+len(" SMTP"):]; !strings.HasPrefix(rest, " id ") {
			return true
		}
	}
}

// onlyAddress reports whether all that a from clause has behind a name is one comment with an address.
func onlyAddress(c *clauses) bool {
	text := c.from.comments[0]
	if strings.HasPrefix(text, "@") || c.from.nWords != 1 || c.from.nComments != 1 && !(c.from.nComments == 2 &&
		strings.HasPrefix(c.from.comments[1], "envelope-sender ")) {
		return false
	}
	_, ok := parseHop(text[strings.LastIndexByte(text, '@')+1:])
	return ok && (text[len(text)-1] == ']' || strings.IndexByte(text, '[') < 0)
}

// addressAmong returns the first address in brackets among words.
func addressAmong(words ...string) (netip.Addr, bool) {
	for _, w := range words {
		if ip, ok := parseHop(w); ok && w[0] == '[' {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// readHelo reads a comment that gives the HELO, qmail's "HELO name" or Exim's "helo=name ident=user", and perhaps an
// account's name before it.
func (r *Received) readHelo(text string) bool {
	i := indexFold(text, "helo ")
	if i < 0 {
		i = indexFold(text, "ehlo ")
	}
	if i == 0 || i == 1 || i > 0 && strings.HasPrefix(text, "account ") {
		r.Helo = firstWord(text[i+len("helo "):])
		return true
	}
	if strings.EqualFold(text, "HELO") || strings.EqualFold(text, "EHLO") {
		return true // an empty name
	}
	if helo, ok := wordAfter(text, "helo="); ok && strings.IndexByte(text, '[') != 0 {
		r.Helo = helo
		r.Ident, _ = wordAfter(text, "ident=")
		return true
	}
	return false
}

// readBracket reads a comment with an address in brackets, which start at text[bracket].
func (r *Received) readBracket(text string, bracket int) bool {
	end := strings.IndexByte(text[bracket:], ']')
	if end < 0 {
		return false
	}
	ip, ok := parseHop(text[bracket : bracket+end+1])
	switch {
	case !ok || ip == r.IP && r.RDNS != "":
		return false
	case ip != r.IP: // the last one counts: the text before it may be the client's words
		r.RDNS, r.Ident = "", ""
	}
	r.IP = ip
	before, after := strings.TrimSpace(text[:bracket]), text[bracket+end+1:]
	if strings.HasPrefix(before, "account ") { // CommuniGate: "account user [IP] verified"
		before = ""
	}
	if i := strings.LastIndexByte(before, '@'); i >= 0 { // sendmail: "IDENT:user@name"
		if r.Ident, before = before[:i], before[i+1:]; before != "" {
			r.Ident = strings.TrimPrefix(r.Ident, "IDENT:")
		}
	}
	switch name := firstWord(before); {
	case name == "" || name == "Not" || strings.HasPrefix(name, "<unknown") || name == "really":
	case name == "softdnserr": // couriertcpd could not tell
	default: // also "unverified", which is as SpamAssassin takes it
		r.RDNS = name
	}
	if helo, ok := wordAfter(after, "helo="); ok {
		r.Helo = helo
	} else if helo, ok := wordAfter(after, `"EHLO `); ok { // ZMailer: "([IP]:port "EHLO name" rhost-flags-OK)"
		r.Helo = strings.TrimSuffix(helo, `"`)
	} else if helo, ok := wordAfter(after, `"HELO `); ok {
		r.Helo = strings.TrimSuffix(helo, `"`)
	}
	if ident, ok := wordAfter(after, "ident="); ok {
		r.Ident = ident
	}
	r.MayBeForged = strings.Contains(after, "may be forged")
	return true
}

// readAuth finds out whether the client had authenticated: from the protocol (RFC 3848), or from a comment.
func (r *Received) readAuth(c *clauses) {
	protocol := strings.ToUpper(firstWord(r.With))
	switch protocol {
	case "ESMTPA", "ESMTPSA", "LMTPA", "LMTPSA", "UTF8SMTPA", "UTF8SMTPSA", "UTF8LMTPA", "UTF8LMTPSA", "ASMTP",
		"HTTP", "HTTPS", "HTTPU":
		if r.By != "" {
			r.Auth = firstWord(r.With)
			return
		}
	}
	for _, text := range c.from.comments[:c.from.nComments] {
		switch {
		case strings.HasPrefix(text, "Authenticated sender: "):
			r.Auth = "Postfix"
		case strings.HasPrefix(text, "AUTH: "):
			r.Auth = firstWord(text[len("AUTH: "):])
		case strings.IndexByte(text, '[') < 0 && hasPrefixFold(text, "authenticated") && endsWordAt(text,
			len("authenticated")):
			r.Auth = "Sendmail" // "authenticated bits=0"; not of a client whose name begins so
		case strings.HasPrefix(text, "account ") && c.softwareIs("CommuniGate Pro"):
			r.Auth = "Communigate"
		case strings.Contains(text, " authenticated user ") && !isNote(text): // SquirrelMail
			r.Auth = "HTTP"
		}
	}
	if r.Auth == "" && strings.HasPrefix(r.With, "Microsoft Exchange Server HTTP-DAV") {
		r.Auth = "HTTP-DAV"
	}
}

// endsWordAt reports whether a word ends at an index of s.
func endsWordAt(s string, i int) bool { return i == len(s) || endsWord[s[i]] }

// parseHop reads the address of a client: "[1.2.3.4]", "IPv6:…", with a port or an IPv6 zone after it.
func parseHop(s string) (netip.Addr, bool) {
	if i := strings.IndexByte(s, '['); i == 0 {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			end = len(s)
		}
		s = s[1:end]
	}
	if len(s) < 2 || len(s) > 64 || unhex(s[0]) < 0 && s[0] != ':' && s[0]|0x20 != 'i' { // mostly it is a name
		return netip.Addr{}, false
	}
	if len(s) > 5 && strings.EqualFold(s[:5], "ipv6:") {
		s = s[5:]
	}
	s, _, _ = strings.Cut(s, "%")
	if strings.Count(s, ":") == 1 {
		s, _, _ = strings.Cut(s, ":")
	} else if strings.Count(s, ".") == 4 { // some write the port after a dot
		s = s[:strings.LastIndexByte(s, '.')]
	}
	if !mayBeAddr(s) {
		return netip.Addr{}, false // without the cost of an error
	}
	ip, err := netip.ParseAddr(s)
	return ip.Unmap(), err == nil
}

// mayBeAddr reports whether s has only characters of addresses, and enough of them.
func mayBeAddr(s string) bool {
	marks := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.' || c == ':':
			marks++
		case unhex(c) < 0:
			return false
		}
	}
	return marks >= 2
}

// firstWord returns s up to the first white space.
func firstWord(s string) string {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i]
	}
	return s
}

// wordAfter returns the word that follows key in s.
func wordAfter(s, key string) (string, bool) {
	i := strings.Index(s, key)
	if i < 0 {
		return "", false
	}
	rest := s[i+len(key):]
	if end := strings.IndexAny(rest, " \t)"); end >= 0 {
		rest = rest[:end]
	}
	return rest, true
}
