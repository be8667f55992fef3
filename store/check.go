package store

import (
	"errors"
	"fmt"
	"math"
)

// What no store takes: so that whatever is in one can be moved to another.

// maxName is the longest name of a parameter, in bytes.
const maxName = 32 << 10

// Check returns an error if r cannot be the record of a token.
func (r Record) Check(tok Token) error {
	switch {
	case tok == 0:
		return errors.New("token 0 is no token")
	case r.Ham == 0 && r.Spam == 0:
		return fmt.Errorf("token %016x has no counts", uint64(tok))
	case r.Ham > MaxCount || r.Spam > MaxCount:
		return fmt.Errorf("token %016x has too large a count", uint64(tok))
	case math.IsNaN(float64(r.Weight)) || math.IsInf(float64(r.Weight), 0):
		return fmt.Errorf("token %016x has no finite weight", uint64(tok))
	}
	return nil
}

// Check returns an error if m is not the mark of a message that was learned.
func (m Mark) Check() error {
	if m.Class != Ham && m.Class != Spam {
		return fmt.Errorf("mark %x has no class", m.Digest)
	}
	return nil
}

// Check returns an error if s is not a message in a slot.
func (s *Sample) Check() error {
	if len(s.Header)+len(s.Body) == 0 {
		return fmt.Errorf("%v sample %d has no tokens", s.Class, s.Slot)
	}
	return CheckSlot(s.Class, s.Slot)
}

// CheckSlot returns an error if there can be no such slot of the reservoir.
func CheckSlot(c Class, slot int) error {
	if c != Ham && c != Spam || slot < 0 || slot > math.MaxInt32 {
		return fmt.Errorf("no such reservoir slot: %v %d", c, slot)
	}
	return nil
}

// CheckName returns an error if a parameter cannot have that name.
func CheckName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("bad parameter name %.100q", name)
	}
	return nil
}

// Check returns an error if no store could perform the learning.
func (l *Learning) Check() error {
	for i := range l.Samples {
		if err := CheckSlot(l.Samples[i].Class, l.Samples[i].Slot); err != nil {
			return err
		}
	}
	for name := range l.Meta {
		if err := CheckName(name); err != nil {
			return err
		}
	}
	for i := range l.If {
		if len(l.Marks) == 0 || l.If[i].Digest != l.Marks[0].Digest {
			return errors.New("a condition is not about the message of the lesson")
		}
	}
	return nil
}
