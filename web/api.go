package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"asterism/engine"
	"asterism/history"
	"asterism/metrics"
	"asterism/quarantine"
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

// Types of the API besides the types of other packages.
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

// errAccounts is the answer to strangers if the file of accounts is faulty.
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
