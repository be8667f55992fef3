package spamc

import "strings"

// Header fields of our own, by which a delivery agent tells the envelope for the history. Addresses have a blank
// between them.
const (
	senderField     = "Envelope-From"
	recipientsField = "Envelope-To"
)

// maxEnvelope bounds the recipients in a header line, in bytes: less than the limit of a line.
const maxEnvelope = 6000

// envelope returns the client's envelope as header fields.
func (c *Client) envelope() (fields []string) {
	if len(c.Recipients) == 0 {
		return nil
	}
	var list strings.Builder
	for _, to := range c.Recipients {
		if to = word(to); list.Len()+len(to) < maxEnvelope {
			list.WriteString(to + " ")
		}
	}
	return []string{senderField + ": " + word(c.Sender), recipientsField + ": " + list.String()}
}

// word returns an address without what would end it in a field.
func word(address string) string {
	return strings.Join(strings.Fields(address[:min(len(address), maxEnvelope/2)]), "")
}
