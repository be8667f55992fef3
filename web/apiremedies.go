package web

import (
	"asterism/history"
	"asterism/web/remedy"
)

func (v *visit) apiRemedies() (any, error) {
	all, _, err := v.opt.Remedies.All()
	if all == nil {
		all = []remedy.Remedy{}
	}
	return &RemedyList{all}, err
}

func (v *visit) apiAddRemedy() (any, error) {
	var body LineBody
	if err := v.read(&body); err != nil {
		return nil, err
	}
	if !remedy.Valid(body.Line) {
		return nil, errNoRemedy
	}
	mail := ""
	if id, err := history.ParseID(body.Mail); err == nil {
		mail = id.String()
	}
	return v.changeRemedies("add remedy",
		func() (remedy.Remedy, error) { return v.opt.Remedies.Add(body.Line, v.who.Name, mail) })
}

func (v *visit) apiRemoveRemedy() (any, error) {
	return v.changeRemedies("take back remedy",
		func() (remedy.Remedy, error) { return v.opt.Remedies.Remove(v.r.PathValue("id")) })
}
