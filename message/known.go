package message

// ParseMail reads a mail with a known end of the header, as from an MTA to a milter: raw[:header] is the header with
// its empty line. The header does not end earlier, and may lack that line; otherwise ParseMail is Parse.
func ParseMail(raw []byte, header int, opts ...Option) *Message {
	if header <= 0 || header > len(raw) {
		return Parse(raw, opts...)
	}
	m := newMessage(raw, opts)
	m.finish(raw, m.root.header.parseAll(raw, header, &m.defects))
	return m
}

// parseAll reads raw[:length] as fields; what is none is left out.
func (h *Header) parseAll(raw []byte, length int, defects *defectSet) headerEnd {
	h.fields, h.keys = make([]Field, 0, usualFields), make([]nameKey, 0, usualFields)
	end := headerEnd{body: raw[length:]}
	for at := 0; at < length; {
		field, folded := cutField(raw[at:length])
		early := -1 // where stricter readers end the header, from at on
		switch name, colon := fieldName(field); {
		case name > 0:
			if blank := h.keep(field, name, colon, folded, defects); blank > 0 {
				early = blank
			}
		case at+len(field) < length || emptyLine(field) != len(field):
			defects.add(DefectMalformedField)
			early = 0
		}
		if early >= 0 && end.early == nil {
			end.early, end.fields = raw[at+early:], len(h.fields)
		}
		at += len(field)
	}
	return end
}
