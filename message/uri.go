package message

import "net/netip"

// Source says where in a mail a URI was found.
type Source uint8

// The sources of URIs.
const (
	SourceText     Source = iota // running text
	SourceLink                   // <a>, <area>
	SourceImage                  // <img>, backgrounds
	SourceForm                   // <form>
	SourceResource               // other attributes that load something: <iframe>, <script>, <link>, …
	SourceNested                 // inside another URI, as redirectors have it
)

// String returns the source's name in lower case, such as "link".
func (s Source) String() string {
	names := [...]string{"text", "link", "image", "form", "resource", "nested"}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// URI is one URI of a mail.
type URI struct {
	Raw    string     // as written, entities decoded
	URL    string     // as a mail client would open it
	Scheme string     // lower case: "http", "https", "mailto", …
	Host   string     // lower case, ASCII (punycode); addresses in canonical form; for mailto the address's domain
	Port   string     // as written, "" if none is
	Domain string     // registrable domain of Host by the public suffix list; "" for addresses and unknown names
	IP     netip.Addr // Host if it is an address in any spelling; else invalid
	Source Source
	Anchor string // visible text of the link; "" unless Source is SourceLink

	Bare     bool // written without scheme: "example.com/x"
	UserInfo bool // has user information before the host: "http://bank.example@evil.example/"
	Obscured bool // host was written so that a reader would not recognise it: percent-encoded, as a number, …
}
