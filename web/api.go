package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/engine"
	"asterism/envelope"
	"asterism/history"
	"asterism/metrics"
	"asterism/quarantine"
	"asterism/store"
	"asterism/web/accounts"
	"asterism/web/remedy"
)

// endpoint is one operation of the API. openapi.json describes it; a test holds the two against each other.
type endpoint struct {
	method, path string
	admin        bool     // for accounts of the whole site only
	query        []string // its parameters
	body, answer any      // values of the types that are read and written as JSON; nil for none
	do           func(*visit) (any, error)
}

// Types of the API besides those of the packages that it is about.
type (
	// RecordList is a page of found records.
	RecordList struct {
		Records []*history.Record `json:"records"`
		More    bool              `json:"more"` // there are older ones: ask with before, the ID of the last
	}
	// ClassBody has the class of a lesson.
	ClassBody struct {
		Class string `json:"class"`
	}
	// Teaching has the effect of teaching a mail.
	Teaching struct {
		Result string          `json:"result"`
		Before engine.Rescored `json:"before"`
		After  engine.Rescored `json:"after"`
		Record *history.Record `json:"record"`
	}
	// Erased is how much was erased.
	Erased struct {
		Records int `json:"records"`
	}
	// ItemList has the mails in the quarantine, newest first.
	ItemList struct {
		Items []*quarantine.Item `json:"items"`
	}
	// Done is the result of an action.
	Done struct {
		Done string `json:"done"`
	}
	// RemedyList is the list of remedies.
	RemedyList struct {
		Remedies []remedy.Remedy `json:"remedies"`
	}
	// LineBody is the line of a remedy.
	LineBody struct {
		Line string `json:"line"`
		Mail string `json:"mail,omitempty"` // the ID of the mail that it is for
	}
)

// searches are the parameters of a search.
var searches = []string{"text", "queue_id", "message_id", "recipient", "sender", "client", "subject", "test", "action",
	"host", "front", "since", "until",
	"min_score", "max_score", "spam", "taught", "before", "limit"}

// endpoints is the API.
var endpoints = []endpoint{
	{method: "GET", path: "/api/v1/history", answer: &RecordList{}, do: (*visit).apiFind, query: searches},
	{method: "DELETE", path: "/api/v1/history", admin: true, answer: &Erased{}, query: []string{"recipient"},
		do: (*visit).apiForget},
	{method: "GET", path: "/api/v1/history/{id}", answer: &history.Record{}, do: (*visit).apiRecord},
	{method: "POST", path: "/api/v1/history/{id}/teach", body: &ClassBody{}, answer: &Teaching{},
		do: (*visit).apiTeach},
	{method: "POST", path: "/api/v1/history/{id}/undo", answer: &Teaching{}, do: (*visit).apiUndo},
	{method: "GET", path: "/api/v1/quarantine", answer: &ItemList{}, do: (*visit).apiItems},
	{method: "GET", path: "/api/v1/quarantine/{id}", answer: &quarantine.Item{},
		do: func(v *visit) (any, error) { return v.shownItem() }},
	{method: "GET", path: "/api/v1/quarantine/{id}/message", do: (*visit).apiMessage},
	{method: "DELETE", path: "/api/v1/quarantine/{id}", answer: &Done{}, do: (*visit).apiDelete},
	{method: "POST", path: "/api/v1/quarantine/{id}/release", answer: &Done{}, do: (*visit).apiRelease},
	{method: "POST", path: "/api/v1/quarantine/{id}/teach", body: &ClassBody{}, answer: &Done{},
		do: (*visit).apiTeachItem},
	{method: "GET", path: "/api/v1/remedies", admin: true, answer: &RemedyList{}, do: (*visit).apiRemedies},
	{method: "POST", path: "/api/v1/remedies", admin: true, body: &LineBody{}, answer: &remedy.Remedy{},
		do: (*visit).apiAddRemedy},
	{method: "DELETE", path: "/api/v1/remedies/{id}", admin: true, answer: &remedy.Remedy{},
		do: (*visit).apiRemoveRemedy},
	{method: "GET", path: "/api/v1/status", admin: true, answer: &metrics.Status{},
		do: func(v *visit) (any, error) { return v.opt.Status(), nil }},
}

func (s *Server) routeAPI(mux *http.ServeMux) {
	for _, e := range endpoints {
		mux.HandleFunc(e.method+" "+e.path, s.program(&e))
	}
	mux.HandleFunc("GET /api/v1/openapi.json",
		small(func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "openapi.json") }))
}

// program returns the handler of an endpoint: for programs, which send a name and a password with each request (RFC
// 7617), and for browsers that are logged in.
func (s *Server) program(e *endpoint) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := &visit{Server: s, w: w, r: r, set: s.settings.Load()}
		var answer any
		var err error
		if v.who, err = s.programAccount(r); err == nil {
			if e.admin && !v.who.Admin() {
				err = errForbidden
			} else {
				r.Body = http.MaxBytesReader(w, r.Body, maxForm)
				answer, err = e.do(v)
			}
		}
		v.reply(answer, err)
	}
}

var errUnauthorized = &Error{http.StatusUnauthorized,
	"Send an account's name and password by HTTP's basic authentication."}

// programAccount returns the account that a request is sent for.
func (s *Server) programAccount(r *http.Request) (*accounts.Account, error) {
	name, password, ok := r.BasicAuth()
	if !ok {
		if a, err := s.opt.Door.Session(s.secret(r)); err == nil {
			return a, nil
		}
		return nil, errUnauthorized
	}
	a, err := s.opt.Door.Password(s.client(r), name, password)
	var wait *accounts.Throttled
	switch {
	case err == nil:
		return a, nil
	case errors.As(err, &wait):
		return nil, &Error{http.StatusTooManyRequests, err.Error()}
	case errors.Is(err, accounts.ErrWrong):
		s.audit(r, name, "password refused", "path", r.URL.Path)
		return nil, errUnauthorized
	case errors.Is(err, accounts.ErrNobody):
		return nil, &Error{http.StatusForbidden, err.Error()}
	}
	s.opt.Log.Error("web", "err", err)
	return nil, errAccounts
}

// errAccounts is what strangers are told where the file of accounts is at fault.
var errAccounts = &Error{http.StatusInternalServerError, "The accounts cannot be read. The log has the reason."}

// answered is returned by endpoints that have written their answer themselves.
var answered = new(Done)

// reply writes an answer, or why there is none.
func (v *visit) reply(answer any, err error) {
	if answer == answered && err == nil {
		return
	}
	status := http.StatusOK
	if err != nil {
		status = http.StatusInternalServerError
		var refused *Error
		switch {
		case errors.As(err, &refused):
			status = refused.Status
		case errors.Is(err, history.ErrNotFound), errors.Is(err, quarantine.ErrNotFound),
			errors.Is(err, remedy.ErrNotFound):
			status = http.StatusNotFound
		default:
			v.opt.Log.Error("web", "path", v.r.URL.Path, "err", err)
		}
		answer = map[string]string{"error": err.Error()}
	}
	if status == http.StatusUnauthorized {
		v.w.Header().Set("WWW-Authenticate", `Basic realm="Asterism", charset="UTF-8"`)
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	_ = json.NewEncoder(v.w).Encode(answer)
}

// read reads a request's JSON object, in which every field must be known.
func (v *visit) read(into any) error {
	d := json.NewDecoder(v.r.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("extra data after the JSON object")
		}
	}
	if err != nil {
		return &Error{http.StatusBadRequest, "The body is not the expected JSON object: " + err.Error()}
	}
	return nil
}

// log returns the history.
func (v *visit) log() (*history.Log, error) {
	if log := v.opt.Backend.History(); log != nil {
		return log, nil
	}
	return nil, &Error{http.StatusConflict, engine.ErrNoHistory.Error()}
}

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

// list writes a RecordList, one record at a time: as JSON each may take six times its octets.
func (v *visit) list(found []*history.Record, more bool) {
	v.w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(v.w)
	between := `{"records":[`
	for _, r := range found {
		if _, err := io.WriteString(v.w, between); err != nil || encoder.Encode(v.own(r)) != nil {
			return // the reader has gone
		}
		between = ","
	}
	if len(found) == 0 {
		_, _ = io.WriteString(v.w, between)
	}
	_, _ = fmt.Fprintf(v.w, "],\"more\":%t}\n", more)
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

func (v *visit) apiDelete() (any, error)  { return v.done(v.deleteItem(), "deleted") }
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

// parameters reads those of a query; the first error stays.
type parameters struct {
	form map[string][]string
	err  error
}

func (p *parameters) value(name string, read func(string) error) {
	all := p.form[name]
	if len(all) == 0 || all[0] == "" || p.err != nil {
		return
	}
	if err := read(all[0]); err != nil {
		p.err = &Error{http.StatusBadRequest, fmt.Sprintf("parameter %s: %.60q: %v", name, all[0], err)}
	}
}

func (p *parameters) time(name string, into *time.Time) {
	p.value(name, func(s string) (err error) { *into, err = time.Parse(time.RFC3339, s); return err })
}

func (p *parameters) number(name string, into **float64) {
	p.value(name, func(s string) error {
		f, err := strconv.ParseFloat(s, 64)
		*into = &f
		return err
	})
}

// check returns the first error, or that there is a parameter of no meaning.
func (p *parameters) check(known []string) error {
	names := map[string]bool{}
	for _, name := range known {
		names[name] = true
	}
	for name := range p.form {
		if !names[name] && p.err == nil {
			p.err = &Error{http.StatusBadRequest, fmt.Sprintf("there is no parameter %.60q", name)}
		}
	}
	return p.err
}
