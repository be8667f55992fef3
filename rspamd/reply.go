package rspamd

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/connpool"
	"asterism/contain"
	"asterism/message"
	"asterism/policy"
)

// reply answers with a JSON object.
func reply(w http.ResponseWriter, status int, body any) {
	b, err := json.Marshal(body)
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// refuse answers with why a request failed, as rspamd does: {"error": "..."}.
func refuse(w http.ResponseWriter, err error) {
	status, text := http.StatusInternalServerError, err.Error()
	var refused *Error
	var panicked *contain.Panic
	switch {
	case errors.As(err, &refused):
		status = refused.Status
	case errors.Is(err, connpool.ErrNoMemory):
		status = http.StatusServiceUnavailable
	case errors.As(err, &panicked):
		text = "internal error, see the log"
	}
	reply(w, status, map[string]string{"error": text})
}

// The actions of rspamd's that this filter's verdicts and policies come to.
const (
	noAction   = "no action"
	addHeader  = "add header"
	rewrite    = "rewrite subject"
	softReject = "soft reject"
	discarded  = "discard"
	quarantine = "quarantine"
	rejected   = "reject"
)

// verdict is the answer to /checkv2.
type verdict struct {
	Skipped    bool               `json:"is_skipped"`
	Score      float64            `json:"score"`
	Required   float64            `json:"required_score"`
	Action     string             `json:"action"`
	Thresholds map[string]float64 `json:"thresholds"`
	Symbols    map[string]symbol  `json:"symbols"`
	Messages   map[string]string  `json:"messages"`
	Subject    string             `json:"subject,omitempty"`
	MessageID  string             `json:"message-id"`
	Seconds    float64            `json:"time_real"`
	Milter     *changes           `json:"milter,omitempty"`
}

// symbol is a test that hit.
type symbol struct {
	Name        string   `json:"name"`
	Score       float64  `json:"score"`
	MetricScore float64  `json:"metric_score"`
	Description string   `json:"description,omitempty"`
	Options     []string `json:"options,omitempty"`
}

// changes are what a mail server's filter does to the mail's header.
type changes struct {
	Add    map[string]field `json:"add_headers,omitempty"`
	Remove map[string]int   `json:"remove_headers,omitempty"`
}

type field struct {
	Value string `json:"value"`
	Order int    `json:"order"`
}

// skipped is the answer for a mail without a verdict.
func (m *mail) skipped(action, smtp string) *verdict {
	v := &verdict{Skipped: true, Required: m.settings.Required, Action: action, Symbols: map[string]symbol{},
		Messages:  map[string]string{},
		MessageID: m.messageID(), Seconds: time.Since(m.began).Seconds()}
	if smtp != "" {
		v.Messages["smtp_message"] = smtp
	}
	return v
}

// answer puts a verdict into rspamd's form.
func (m *mail) answer(v *classifier.Verdict) *verdict {
	a := &verdict{Score: v.Score, Required: v.Required, Symbols: make(map[string]symbol, len(v.Hits)),
		Messages:  map[string]string{},
		MessageID: m.messageID(), Seconds: time.Since(m.began).Seconds()}
	for _, h := range v.Hits {
		s := symbol{Name: h.Name, Score: h.Score, MetricScore: h.Score, Description: h.Description}
		if h.Detail != "" {
			s.Options = []string{h.Detail}
		}
		a.Symbols[h.Name] = s
	}
	m.decide(a, v)
	a.Milter = &changes{Add: map[string]field{}, Remove: map[string]int{}}
	for _, name := range m.settings.Tags.Names() {
		a.Milter.Remove[name] = 0 // all of the name: what the mail brought is forged
	}
	for _, f := range m.settings.Tags.Fields(v) {
		a.Milter.Add[f.Name] = field{Value: f.Value, Order: -1}
	}
	if r := v.AuthResults; r != nil {
		a.Milter.Add[classifier.AuthResultsName] = field{Value: r.Value, Order: 0}
	}
	return a
}

// decide fills in what becomes of the mail.
func (m *mail) decide(a *verdict, v *classifier.Verdict) {
	a.Action, a.Thresholds = noAction, map[string]float64{addHeader: v.Required}
	if v.Spam() {
		a.Action = addHeader
		subject := message.Parse(m.in.Raw).Header().Get("Subject")
		if marked, ok := m.settings.Tags.RewriteSubject(subject, v); ok {
			a.Action, a.Subject = rewrite, strings.TrimSpace(marked)
		}
	}
	if m.settings.Policy == nil {
		return
	}
	in := m.in
	d := m.settings.Policy.Decide(&policy.Envelope{Client: in.Client, AuthUser: in.AuthUser, Sender: in.Sender,
		Recipients: in.Recipients, Host: in.Host}, v.Score, v.Attached)
	for action, score := range map[string]float64{rejected: d.Policy.RejectScore, discarded: d.Policy.DiscardScore,
		quarantine: d.Policy.QuarantineScore} {
		if !math.IsInf(score, 0) {
			a.Thresholds[action] = score
		}
	}
	switch d.Action {
	case policy.Reject:
		a.Action, a.Messages["smtp_message"] = rejected, d.Reply()
	case policy.Discard:
		a.Action = discarded
	case policy.Quarantine, policy.Store:
		a.Action = quarantine
	}
}

// messageID returns the mail's own, as rspamd names mails.
func (m *mail) messageID() string {
	id := strings.TrimSpace(message.Parse(m.in.Raw).Header().Get("Message-ID"))
	if id = strings.TrimSuffix(strings.TrimPrefix(id, "<"), ">"); id == "" {
		return "undef"
	}
	return id
}
