package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"asterism/classifier"
	"asterism/history"
	"asterism/store"
)

// HistoryFound is the answer to a search.
type HistoryFound struct {
	Records []*history.Record `json:"records"`
	More    bool              `json:"more"` // there are older ones
}

// HistoryShown is one record, with the mail's present score if it has tokens.
type HistoryShown struct {
	Record *history.Record `json:"record"`
	Now    *Rescored       `json:"now,omitempty"`
}

// HistoryAct names a mail and an action.
type HistoryAct struct {
	Name    string      `json:"name,omitempty"`    // the record's ID; or a queue ID or Message-ID that one mail alone has
	Class   store.Class `json:"class,omitzero"`    // to teach
	Back    bool        `json:"back,omitempty"`    // undo the lessons
	Undo    bool        `json:"undo,omitempty"`    // take back the last teaching only
	By      string      `json:"by,omitempty"`      // who teaches
	Address string      `json:"address,omitempty"` // to be forgotten
}

// HistoryTaught has the effect of teaching.
type HistoryTaught struct {
	Result string          `json:"result"`
	Before Rescored        `json:"before"`
	After  Rescored        `json:"after"`
	Record *history.Record `json:"record"`
}

// HistoryForgotten is how many records an erasure concerned.
type HistoryForgotten struct {
	Records int `json:"records"`
}

// AskHistory serves the commands of spamd history by their names, in JSON: find (a history.Query), show, teach and
// forget (a HistoryAct).
func (e *Engine) AskHistory(ctx context.Context, what string, request []byte) ([]byte, error) {
	h := e.History()
	if h == nil {
		return nil, ErrNoHistory
	}
	var act HistoryAct
	var q history.Query
	into := any(&act)
	if what == "find" {
		into = &q
	}
	if err := json.Unmarshal(request, into); err != nil {
		return nil, fmt.Errorf("history %s: %w", what, err)
	}
	var answer any
	var err error
	switch what {
	case "find":
		found := &HistoryFound{}
		found.Records, found.More, err = h.Find(ctx, &q)
		answer = found
	case "show":
		answer, err = e.showRecord(ctx, h, act.Name)
	case "teach":
		answer, err = e.teachRecord(ctx, h, &act)
	case "forget":
		forgotten := &HistoryForgotten{}
		forgotten.Records, err = h.Forget(ctx, act.Address)
		answer = forgotten
	default:
		err = fmt.Errorf("history: %.20q is not find, show, teach or forget", what)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

func (e *Engine) showRecord(ctx context.Context, h *history.Log, name string) (*HistoryShown, error) {
	r, err := h.Named(ctx, name)
	if err != nil {
		return nil, err
	}
	shown := &HistoryShown{Record: r}
	if now, err := e.Rescore(r); err == nil {
		shown.Now = &now
	}
	return shown, nil
}

func (e *Engine) teachRecord(ctx context.Context, h *history.Log, act *HistoryAct) (*HistoryTaught, error) {
	r, err := h.Named(ctx, act.Name)
	if err != nil {
		return nil, err
	}
	var t *Taught
	switch {
	case act.Undo:
		t, err = e.UndoRecord(ctx, r.ID, act.By)
	case act.Class != 0 || act.Back:
		t, err = e.TeachRecord(ctx, r.ID, act.Class, act.By)
	default:
		err = errors.New("history teach: name a class, ham or spam")
	}
	if err != nil {
		return nil, err
	}
	return &HistoryTaught{Result: resultText(t.Result), Before: t.Before, After: t.After, Record: t.Record}, nil
}

// resultText names the outcome of a lesson.
func resultText(l classifier.Learned) string {
	switch l {
	case classifier.LearnedNew:
		return "learned"
	case classifier.LearnedKnown:
		return "already known"
	case classifier.LearnedOther:
		return "learned, and taken back as the other class"
	case classifier.Forgotten:
		return "taken back"
	case classifier.LearnedLater:
		return "waits until the store is back"
	}
	return "had not been learned"
}
