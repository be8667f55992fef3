package message

// OpenWith sets the function that opens the mail's attachments on first use. Without it nothing is opened.
func OpenWith(open func(*Message) any) Option {
	return func(m *Message) { m.open, m.openWith = open, open }
}

// Opened returns the result of OpenWith's function, called once; nil without one.
func (m *Message) Opened() any {
	if open := m.open; open != nil && m.opened == nil {
		m.open = nil // open itself may call Opened, which returns nil so far
		m.opened = open(m)
	}
	return m.opened
}

// Another reads another mail with the same limits and the same way of opening attachments.
func (m *Message) Another(raw []byte) *Message {
	return Parse(raw, func(other *Message) { other.clock, other.open, other.openWith = m.clock, m.openWith, m.openWith })
}

// ForeignURIs returns the links and the URIs of texts from outside the mail's own text, such as attachments: each once,
// in order, with SourceAttachment.
func (m *Message) ForeignURIs(links, texts []string) []URI {
	s := &Message{clock: m.clock}
	c := uriCollector{m: s}
	for _, l := range links {
		c.add(l, nil, URI{Source: SourceAttachment})
	}
	for _, t := range texts {
		c.text(t)
	}
	c.finish()
	for i := range s.uris {
		if u := &s.uris[i]; u.Source != SourceNested {
			u.Source, u.InText = SourceAttachment, false
		}
	}
	return s.uris
}
