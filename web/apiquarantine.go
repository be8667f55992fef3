package web

import (
	"slices"

	"asterism/quarantine"
)

func (v *visit) apiItems() (any, error) {
	items, err := v.quarantined()
	if err != nil {
		return nil, err
	}
	l := &ItemList{Items: []*quarantine.Item{}}
	for _, i := range items {
		l.Items = append(l.Items, v.ownRecipients(i))
	}
	return l, nil
}

// ownRecipients returns a mail of the quarantine with the recipients that the visitor may see.
func (v *visit) ownRecipients(i *quarantine.Item) *quarantine.Item {
	if v.who.Admin() {
		return i
	}
	own := *i
	own.Envelope.Recipients = v.recipients(quarantineRecord(i))
	own.Verdict.Tests = slices.Clone(i.Verdict.Tests)
	others := v.others(i.Envelope.Recipients)
	for n := range own.Verdict.Tests {
		own.Verdict.Tests[n].Detail = withoutAny(own.Verdict.Tests[n].Detail, others)
	}
	return &own
}

func (v *visit) shownItem() (*quarantine.Item, error) {
	i, err := v.item()
	if err != nil {
		return nil, err
	}
	return v.ownRecipients(i), nil
}

// apiMessage answers with a mail as it came in.
func (v *visit) apiMessage() (any, error) {
	i, err := v.item()
	if err != nil {
		return nil, err
	}
	raw, err := v.set.Quarantine.Message(i.ID)
	if err != nil {
		return nil, err
	}
	v.w.Header().Set("Content-Type", "message/rfc822")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+i.ID+`.eml"`)
	_, _ = v.w.Write(raw)
	return answered, nil
}

func (v *visit) apiDelete() (any, error) { return v.done(v.deleteItem(), "deleted") }

func (v *visit) apiRelease() (any, error) { return v.done(v.releaseItem(), "released") }

func (v *visit) apiTeachItem() (any, error) {
	var body ClassBody
	if err := v.read(&body); err != nil {
		return nil, err
	}
	_, class, err := v.teachItem(body.Class)
	return v.done(err, "taught as "+className(class))
}

func (v *visit) done(err error, what string) (any, error) {
	if err != nil {
		return nil, err
	}
	return &Done{what}, nil
}
