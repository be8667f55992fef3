package message

import "net/netip"

// Received is one relay of a mail's way, as the relay that took it wrote down.
type Received struct {
	IP           netip.Addr // of the host the mail came from; invalid if not recorded
	RDNS         string     // its verified name in lower case, "" if it had none
	Helo         string     // what it called itself
	Ident        string     // RFC 1413 user
	By           string     // the host that took the mail
	With         string     // protocol: "ESMTPS", "HTTP", …
	ID           string     // queue identifier
	For          string     // recipient
	EnvelopeFrom string     // envelope sender
	Auth         string     // how the client authenticated, "" if it did not
	Date         string     // what follows the last semicolon
	Raw          string     // the field's unfolded value
}

// Relays returns the chain of Received fields, newest first.
func (m *Message) Relays() []Received {
	if !m.haveRelays {
		m.haveRelays = true
		for i := range m.Header().fields {
			if f := &m.Header().fields[i]; f.Is("Received") {
				m.relays = append(m.relays, parseReceived(f.Value()))
			}
		}
	}
	return m.relays
}

func parseReceived(value string) Received { return Received{Raw: value} }
