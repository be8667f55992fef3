package message

import "net/netip"

// Source says where in a mail a URI was found.
type Source uint8

// The sources of URIs.
const (
	SourceText       Source = iota // running text
	SourceLink                     // <a>, <area>
	SourceImage                    // <img>, backgrounds
	SourceForm                     // <form>
	SourceResource                 // other elements that load something: <iframe>, <script>, <link>, …
	SourceNested                   // inside another URI, as redirectors have it
	SourceAttachment               // text or links inside an attachment; see ForeignURIs
)

// String returns the source's name in lower case, such as "link".
func (s Source) String() string {
	switch s {
	case SourceText:
		return "text"
	case SourceLink:
		return "link"
	case SourceImage:
		return "image"
	case SourceForm:
		return "form"
	case SourceResource:
		return "resource"
	case SourceNested:
		return "nested"
	case SourceAttachment:
		return "attachment"
	}
	return "unknown"
}

// URI is one URI of a mail.
type URI struct {
	Raw    string // as written; in HTML with its entities decoded
	URL    string // as a mail client would open it, without user information
	Scheme string // lower case: "http", "https", "mailto", …
	Host   string // lower case, ASCII (punycode); addresses in canonical form; for mailto the address's domain
	Port   string // as written, "" if none is
	// registrable domain of Host by the public suffix list; "" for addresses and unknown top-level domains
	Domain string
	IP     netip.Addr // Host if it is an address in any spelling; else invalid
	Source Source
	Anchor string // visible text of the link; "" unless Source is SourceLink

	Targets []string // other hosts, of the URIs in its query and fragment, as redirectors have them

	Unseen   bool // a link that a reader cannot click on: hidden, or with nothing inside
	InText   bool // also in running text, if Source is something else
	Bare     bool // written without scheme: "example.com/x"
	UserInfo bool // has user information before the host: "http://bank.example@evil.example/"
	Obscured bool // the host is written unrecognizably: percent-encoded, as a number, …
}

const maxURILen = 64 << 10 // octets looked at of one URI
