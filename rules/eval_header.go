package rules

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// headerEvals are the functions that look at header fields other than Received.
func headerEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"check_equal_from_domains":             checkEqualFromDomains,
		"check_for_matching_env_and_hdr_from":  checkMatchingEnvelopeAndFrom,
		"check_for_missing_to_header":          checkMissingTo,
		"check_for_to_in_subject":              checkToInSubject,
		"check_header_count_range":             checkHeaderCount,
		"check_illegal_chars":                  checkIllegalChars,
		"check_outlook_message_id":             checkOutlookMessageID,
		"check_ratware_envelope_from":          checkRatwareEnvelopeFrom,
		"check_ratware_name_id":                checkRatwareNameID,
		"check_unresolved_template":            checkUnresolvedTemplate,
		"check_for_faraway_charset_in_headers": checkFarawayCharsetInHeaders,
		"similar_recipients":                   similarRecipients,
		"sorted_recipients":                    sortedRecipients,
		"subject_is_all_caps":                  subjectIsAllCaps,
		"check_shortcircuit":                   func(*Scan, []string) int { return 0 }, // see shortcutHit
	}
}

// checkEqualFromDomains reports whether author and envelope sender are of different domains.
func checkEqualFromDomains(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	envelope := sc.envelopeFrom()
	a, b := registrable(domainOf(from)), registrable(domainOf(envelope))
	return truth(a != "" && b != "" && a != b)
}

func checkMatchingEnvelopeAndFrom(sc *Scan, _ []string) int {
	from, _ := sc.Get("From:addr")
	envelope := sc.envelopeFrom()
	at := strings.LastIndexByte(from, '@')
	if at < 0 {
		return truth(from == envelope) // both are missing
	}
	sameUser := strings.EqualFold(from[:at], envelope[:max(strings.LastIndexByte(envelope, '@'), 0)])
	return truth(sameUser && domainOf(from) == domainOf(envelope))
}

func checkMissingTo(sc *Scan, _ []string) int { return truth(!sc.msg.Header().Has("To")) }

// checkToInSubject is check_for_to_in_subject('user'|'address'): the subject has the recipient's address, or begins
// with his
// name: "joe, look at this", or is nothing but his name.
func checkToInSubject(sc *Scan, args []string) int {
	to, _ := sc.Get("To:addr")
	subject, _ := sc.Get("Subject")
	if to == "" || len(args) == 0 {
		return 0
	}
	if args[0] == "address" {
		return truth(strings.Contains(strings.ToLower(subject), strings.ToLower(to)))
	}
	user, _, _ := strings.Cut(to, "@")
	if user == "" || !strings.Contains(strings.ToLower(subject), strings.ToLower(user)) { // nearly always
		return 0
	}
	name := regexp.QuoteMeta(user)
	re, err := regexp.Compile(`(?i)^(?:(?:re|fw):\s*(?:\w+\s+)?` + name + `\n?$|(?-i:` + name + `)\s*[,:;!?-](?:$|\s)|` +
		name + `\n?$|,\s*` + name +
		`[,:;!?-]\n?$)`)
	return truth(err == nil && re.MatchString(subject))
}

// checkHeaderCount is check_header_count_range('Name', 'low', 'high'): how many different fields of a name there are.
func checkHeaderCount(sc *Scan, args []string) int {
	if len(args) < 3 {
		return 0
	}
	different := map[string]bool{}
	for _, f := range sc.msg.Header().Fields() {
		if f.Is(args[0]) {
			different[f.Value()] = true
		}
	}
	n := float64(len(different))
	return truth(n >= number(args, 1, 0) && n <= number(args, 2, 0))
}

// checkIllegalChars is check_illegal_chars('Name', 'ratio', 'count'): at least that many bytes that header fields must
// not have, and at least that share of the value. Those are control characters, and bytes above 127, unless the whole
// is valid UTF-8 without control characters (RFC 6532).
func checkIllegalChars(sc *Scan, args []string) int {
	if len(args) < 3 {
		return 0
	}
	value, _ := sc.Get(strings.TrimSuffix(args[0], ":raw") + ":raw")
	controls, high, exempt := 0, 0, 0
	for i := range len(value) {
		switch c := value[i]; {
		case c == 0x7f, c < ' ' && c != '\t' && c != '\n' && c != '\r':
			controls++
		case c >= utf8.RuneSelf:
			high++
			if c == 0xa2 || c == 0xa3 || c == 0xae {
				exempt++
			}
		}
	}
	if high > 0 && controls == 0 && utf8.ValidString(value) {
		return 0
	}
	illegal := controls + high
	if strings.EqualFold(args[0], "Subject") && exempt == 1 { // the sign of the cent, the pound or a trade mark
		illegal--
	}
	return truth(illegal > 0 && float64(illegal)/float64(len(value)) >= number(args, 1, 1) &&
		float64(illegal) >= number(args, 2, 1))
}

var outlookID = regexp.MustCompile(`(?i)^<[0-9a-f]{4}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]{8}@`)

// outlookSlack is how far the time in an Outlook message ID may be from the message's, in units of 2^32 * 100 ns, which
// are 429 s.
const outlookSlack = 250

// checkOutlookMessageID reports whether a message ID of Outlook's form holds another time than the message's dates:
// Outlook writes the upper half of Windows' time (100 ns since 1601) into it.
func checkOutlookMessageID(sc *Scan, _ []string) int {
	id, _ := sc.Get("MESSAGEID")
	m := outlookID.FindStringSubmatch(id)
	if m == nil {
		return 0
	}
	token, _ := strconv.ParseInt(m[1], 16, 64)
	near := func(unix int64) bool {
		const epoch = 11644473600 // seconds from 1601 to 1970
		diff := token - int64(float64(unix+epoch)*1e7/(1<<32))
		return diff > -outlookSlack && diff < outlookSlack
	}
	if t, ok := sc.date(); ok && near(t.Unix()) {
		return 0
	}
	if dates := sc.receivedDates(); len(dates) > 0 && near(dates[len(dates)-1].Unix()) {
		return 0
	}
	return 1
}

// checkRatwareEnvelopeFrom reports whether the envelope sender is made of the recipient's address.
func checkRatwareEnvelopeFrom(sc *Scan, _ []string) int {
	to, _ := sc.Get("To:addr")
	user, domain, ok := strings.Cut(strings.ToLower(to), "@")
	from := strings.ToLower(sc.envelopeFrom())
	if !ok || user == "" || from == "" {
		return 0
	}
	if strings.Contains(from, user+"@"+domain) {
		return 0
	}
	return truth(madeOfRecipient(from, user, domain))
}

var ratwareID = regexp.MustCompile(`<[A-Z]{28}\.([^>]+?)>`)

// checkRatwareNameID reports whether a message ID is 28 capitals and the author's address.
func checkRatwareNameID(sc *Scan, _ []string) int {
	id, _ := sc.Get("Message-Id")
	from, _ := sc.Get("From")
	m := ratwareID.FindStringSubmatch(id)
	return truth(m != nil && quotedNameBefore(from, m[1]))
}

var template = regexp.MustCompile(`%[A-Z][A-Z_-]`)

// checkUnresolvedTemplate reports whether the header has a variable of a mass mailer's template left. Fields written by
// people, and fields with identifiers or encoded bytes, do not count.
func checkUnresolvedTemplate(sc *Scan, _ []string) int {
	fields := sc.msg.Header().Fields()
	for i := range fields {
		if !strings.Contains(fields[i].Value(), "%") || !template.MatchString(fields[i].Value()) {
			continue
		}
		switch name := strings.ToLower(fields[i].Name); name {
		case "from", "to", "cc", "subject", "references", "in-reply-to", "x-face", "x-uidl", "x-cr-hashedpuzzle":
		default:
			if !strings.HasSuffix(name, "message-id") && !strings.HasPrefix(name, "x-spam-") {
				return 1
			}
		}
	}
	return 0
}

var encodedCharset = regexp.MustCompile(`=\?([^?*]+)(?:\*[^?]*)?\?[BbQq]\?`)

func checkFarawayCharsetInHeaders(sc *Scan, _ []string) int {
	if sc.readsAll() {
		return 0
	}
	for _, name := range []string{"From:raw", "Subject:raw"} {
		value, _ := sc.Get(name)
		for _, m := range encodedCharset.FindAllStringSubmatch(value, -1) {
			if sc.farawayCharset(m[1]) {
				return 1
			}
		}
	}
	return 0
}

var replyMark = regexp.MustCompile(`(?i)^\s*(?:(?:re|fwd?|aw|antwort|sv|vs)\s*:\s*)+`)

// likeCapitals is character sets of which SpamAssassin holds that their text, taken for ASCII, looks like capitals.
var likeCapitals = regexp.MustCompile(`(?i)koi|jp|jis|gb|big5|1251|euc|tis-`)

// capitalsLeast is how long a subject must be for its capitals to say something.
const capitalsLeast = 10

// subjectIsAllCaps reports whether all ASCII letters of a subject of several words are capitals.
func subjectIsAllCaps(sc *Scan, _ []string) int {
	subject, _ := sc.Get("Subject")
	subject = strings.TrimSpace(replyMark.ReplaceAllString(subject, ""))
	if !strings.ContainsAny(subject, " \t") || len(subject) < capitalsLeast {
		return 0
	}
	raw, _ := sc.Get("Subject:raw")
	for _, m := range encodedCharset.FindAllStringSubmatch(raw, -1) {
		if likeCapitals.MatchString(m[1]) {
			return 0
		}
	}
	letters := false
	for i := 0; i < len(subject); i++ {
		switch c := subject[i]; {
		case c >= 'a' && c <= 'z':
			return 0
		case c >= 'A' && c <= 'Z':
			letters = true
		}
	}
	return truth(letters)
}
