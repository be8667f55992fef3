package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"asterism/classifier"
	"asterism/engine"
	"asterism/envelope"
	"asterism/history"
	"asterism/store"
)

func (v *visit) apiFind() (any, error) {
	log, err := v.log()
	if err != nil {
		return nil, err
	}
	q, err := v.apiQuery()
	if err != nil {
		return nil, err
	}
	found, more, err := v.search(log, q)
	if err != nil {
		return nil, err
	}
	v.list(found, more)
	return answered, nil
}

// own returns a record with what the visitor may see: his recipients, and no detail of a test, note or error that names
// another, nor another's preferences.
func (v *visit) own(r *history.Record) *history.Record {
	if v.who.Admin() {
		return r
	}
	own := *r
	own.Recipients = v.recipients(r)
	if own.User != "" && !v.who.Sees([]string{own.User}) {
		own.User = ""
	}
	others := v.others(r.Recipients)
	own.Error = withoutAny(own.Error, others)
	own.Tests, own.Notes = slices.Clone(r.Tests), slices.Clone(r.Notes)
	for i := range own.Tests {
		own.Tests[i].Detail = withoutAny(own.Tests[i].Detail, others)
	}
	own.Words = slices.DeleteFunc(slices.Clone(r.Words), func(w classifier.Word) bool {
		return withoutAny(w.Text, others) == ""
	})
	for i := range own.Notes {
		own.Notes[i] = withoutAny(own.Notes[i], others)
	}
	return &own
}

// others returns the recipients that the visitor does not see, in lower case.
func (v *visit) others(recipients []string) (list []string) {
	for _, to := range recipients {
		if !v.who.Sees([]string{to}) {
			list = append(list, strings.ToLower(envelope.Mailbox(to)))
		}
	}
	return list
}

// withoutAny returns a text, or "" if it names one of some addresses.
func withoutAny(text string, addresses []string) string {
	low := strings.ReplaceAll(strings.ToLower(text), "(at)", "@") // as details of tests have it
	if slices.ContainsFunc(addresses, func(a string) bool { return a != "" && strings.Contains(low, a) }) {
		return ""
	}
	return text
}

// maxLimit bounds a page of records.
const maxLimit = 1000

// apiQuery reads the parameters of a search. What is not one, or not of its form, is an error.
func (v *visit) apiQuery() (*history.Query, error) {
	form := v.r.URL.Query()
	get := form.Get
	q := &history.Query{Text: get("text"), QueueID: get("queue_id"), MessageID: get("message_id"),
		Recipient: get("recipient"), Sender: get("sender"),
		Client: get("client"), Subject: get("subject"), Test: get("test"), Action: get("action"), Host: get("host"),
		Front: get("front")}
	p := parameters{form: form}
	p.time("since", &q.Since)
	p.time("until", &q.Until)
	p.number("min_score", &q.MinScore)
	p.number("max_score", &q.MaxScore)
	p.value("spam", func(s string) (err error) {
		spam, err := strconv.ParseBool(s)
		q.Spam = &spam
		return err
	})
	p.value("taught", func(s string) (err error) {
		if q.AnyTaught = s == "any"; !q.AnyTaught {
			q.Taught, err = classOf(s)
		}
		return err
	})
	p.value("before", func(s string) (err error) { q.Before, err = history.ParseID(s); return err })
	p.value("limit", func(s string) (err error) {
		if q.Limit, err = strconv.Atoi(s); err == nil && (q.Limit < 1 || q.Limit > maxLimit) {
			err = fmt.Errorf("not between 1 and %d", maxLimit)
		}
		return err
	})
	if err := p.check(searches); err != nil {
		return nil, err
	}
	v.bound(q)
	return q, nil
}

func (v *visit) apiForget() (any, error) {
	log, err := v.log()
	if err != nil {
		return nil, err
	}
	recipient := v.r.URL.Query().Get("recipient")
	if recipient == "" {
		return nil, &Error{http.StatusBadRequest, "The parameter recipient is missing: the address to erase."}
	}
	n, err := log.Forget(v.r.Context(), recipient)
	if err != nil {
		return nil, err
	}
	v.act("forget", "recipient", recipient, "records", n)
	return &Erased{n}, nil
}

func (v *visit) apiRecord() (any, error) {
	r, err := v.pathID()
	if err != nil {
		return nil, err
	}
	return v.own(r), nil
}

func (v *visit) apiTeach() (any, error) {
	var body ClassBody
	if err := v.read(&body); err != nil {
		return nil, err
	}
	class := store.Class(0)
	if body.Class != "none" {
		var err error
		if class, err = classOf(body.Class); err != nil {
			return nil, err
		}
	}
	return v.teaching("teach", func(id history.ID) (*engine.Taught, error) {
		return v.opt.Backend.TeachRecord(v.r.Context(), id, class, v.who.Name)
	})
}

func (v *visit) apiUndo() (any, error) {
	return v.teaching("undo teaching", func(id history.ID) (*engine.Taught, error) {
		return v.opt.Backend.UndoRecord(v.r.Context(), id, v.who.Name)
	})
}

// outcomes name what became of a lesson.
var outcomes = map[classifier.Learned]string{classifier.LearnedNew: "learned", classifier.LearnedKnown: "known",
	classifier.LearnedOther: "relearned",
	classifier.Forgotten:    "forgotten", classifier.NotLearned: "unknown", classifier.LearnedLater: "queued"}

func (v *visit) teaching(act string, how func(history.ID) (*engine.Taught, error)) (any, error) {
	r, err := v.pathID()
	if err != nil {
		return nil, err
	}
	t, err := how(r.ID)
	if err != nil {
		return nil, teachError(err)
	}
	v.act(act, "mail", r.ID, "class", className(t.Record.Class()), "before", decimal(t.Before.Score), "after",
		decimal(t.After.Score))
	return &Teaching{Result: outcomes[t.Result], Before: t.Before, After: t.After, Record: v.own(t.Record)}, nil
}
