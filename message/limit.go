package message

import "time"

// Option says how a mail is to be read.
type Option func(*Message)

// Until ends the reading of a mail at a time, at any point: the unread rest counts as missing, and Late reports it. The
// zero time sets no limit.
func Until(t time.Time) Option { return func(m *Message) { m.clock.until = t } }

// Within gives a mail inside another one the time limit of the outer mail.
func Within(outer *Message) Option {
	return func(m *Message) { m.clock = clock{until: outer.clock.until} }
}

// Late reports whether the time of Until has passed. Loops over the mail must check it, and stop.
func (m *Message) Late() bool { return m.clock.late || m.clock.tick() }

// clock tells when the time for a mail is over. The zero clock has no end.
type clock struct {
	until time.Time
	now   func() time.Time // nil is time.Now
	ticks uint8
	late  bool
}

// stride is how many steps are taken between two looks at the time, which takes as long as a short step.
const stride = 8

// tick counts a step that may be short, and reports whether time is over. Of few steps it looks at the first.
func (c *clock) tick() bool {
	if c.until.IsZero() {
		return false
	}
	c.ticks++
	if c.ticks%stride != 1 {
		return c.late
	}
	return c.look()
}

// look reports whether time is over, before a step that may be long.
func (c *clock) look() bool {
	if c.until.IsZero() || c.late {
		return c.late
	}
	now := time.Now
	if c.now != nil {
		now = c.now
	}
	c.late = now().After(c.until)
	return c.late
}
