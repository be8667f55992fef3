package senders

import "context"

// Reputation moves scores by the record of senders. AWL or TxRep is nil.
type Reputation struct {
	Book  *Book
	AWL   *AWL
	TxRep *TxRep
}

// Points are the score of a message so far, as far as it counts.
type Points struct {
	All   float64
	AWL   float64 // without tests flagged noautolearn
	TxRep float64 // as automatic learning goes by it
}

// Judge returns the adjustment of a message's score, nil for none. It updates the sender's record unless the message is
// only examined.
func (r *Reputation) Judge(ctx context.Context, s *Sender, p Points, look bool) (a *Adjustment, err error) {
	if r.AWL != nil {
		a, err = r.AWL.judge(ctx, r.Book, s, p)
	} else {
		a, err = r.TxRep.judge(ctx, r.Book, s, p)
	}
	if err == nil && a != nil && !look {
		r.Book.Change(a.changes)
	}
	return a, err
}

// Plugin returns the name of the plug-in whose rule has the points.
func (r *Reputation) Plugin() string {
	if r.AWL != nil {
		return "AWL"
	}
	return "TxRep"
}

// Learn records a lesson by a message of a sender. It does nothing for AWL, which does not learn.
func (r *Reputation) Learn(ctx context.Context, s *Sender, spam bool) {
	if r.TxRep != nil {
		r.note(r.TxRep.learn(ctx, r.Book, s, spam))
	}
}

// Forget undoes the lesson of a message.
func (r *Reputation) Forget(ctx context.Context, s *Sender) {
	if r.TxRep != nil {
		r.note(r.TxRep.forget(ctx, r.Book, s))
	}
}

func (r *Reputation) note(changes map[string]Change, err error) {
	if err != nil {
		r.Book.fail(err)
		return
	}
	r.Book.Change(changes)
}

// Learns reports whether lessons by people count.
func (r *Reputation) Learns() bool { return r != nil && r.TxRep != nil }

// LearnsAlone reports whether lessons by verdicts count.
func (r *Reputation) LearnsAlone() bool { return r.Learns() && r.TxRep.Auto }
