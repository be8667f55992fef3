package connpool

import (
	"context"
	"errors"
	"testing"
)

func TestScans(t *testing.T) {
	s := NewScans(100)
	if err := s.Begin(t.Context(), 101); !errors.Is(err, ErrNoMemory) {
		t.Errorf("a scan larger than all: %v", err)
	}
	if err := s.Begin(t.Context(), 60); err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.Begin(ended, 60); !errors.Is(err, ErrNoMemory) || !errors.Is(err, context.Canceled) {
		t.Errorf("no memory until the context ended: %v", err)
	}
	waiting := make(chan error)
	go func() { waiting <- s.Begin(t.Context(), 60) }()
	s.End(60)
	if err := <-waiting; err != nil {
		t.Errorf("memory is free: %v", err)
	}
	var none *Scans
	if err := none.Begin(t.Context(), 1<<40); err != nil {
		t.Errorf("without a bound: %v", err)
	}
	none.End(1 << 40)
}
