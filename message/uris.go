package message

// URIs returns the URIs of the mail's text parts and of nothing else, each once, in order.
func (m *Message) URIs() []URI {
	if !m.haveURIs {
		m.haveURIs = true
	}
	return m.uris
}
