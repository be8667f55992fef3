package spool_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"asterism/store/spool"
)

func wantLen(t *testing.T, s *spool.Spool, want int) {
	t.Helper()
	if n, err := s.Len(); n != want || err != nil {
		t.Errorf("%d entries, %v; want %d", n, err, want)
	}
}

// TestInOrder: what two processes put in comes out in order, is there until it is dropped, and room is made by that.
func TestInOrder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dir", "journal")
	a, b := spool.New(file, 10), spool.New(file, 10)
	wantLen(t, a, 0)
	for i := range 5 {
		for k, s := range []*spool.Spool{a, b} {
			if err := s.Add(fmt.Append(nil, 2*i+k)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := a.Add([]byte("too much")); !errors.Is(err, spool.ErrFull) {
		t.Errorf("an 11th of 10: %v", err)
	}
	wantLen(t, b, 10)
	next := 0
	for next < 10 {
		entries, last, err := a.First(3)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if string(e) != fmt.Sprint(next) {
				t.Errorf("entry %d is %q", next, e)
			}
			next++
		}
		if err := a.Drop(last); err != nil {
			t.Fatal(err)
		}
	}
	wantLen(t, a, 0)
	wantLen(t, b, 0)
	if err := b.Add([]byte("one"), []byte("two")); err != nil {
		t.Fatal(err)
	}
	wantLen(t, a, 2)
}

func TestKey(t *testing.T) {
	s := spool.New(filepath.Join(t.TempDir(), "journal"), 10)
	if k, err := s.Key(); k != 0 || err != nil {
		t.Errorf("no file: key %d, %v", k, err)
	}
	for _, want := range []uint64{7, 7, 9} {
		if err := s.SetKey(want); err != nil {
			t.Fatal(err)
		}
		if k, err := s.Key(); k != want || err != nil {
			t.Errorf("key %d, %v; want %d", k, err, want)
		}
	}
	wantLen(t, s, 0)
	if err := s.Add([]byte("for store 9")); err != nil {
		t.Fatal(err)
	}
	if err := s.SetKey(10); err != nil {
		t.Fatal(err)
	}
	wantLen(t, s, 0)
}

// TestForeignFile: a file that is no journal is left as it is.
func TestForeignFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "journal")
	text := []byte("From: Ann\n\nThis is a letter.\n")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := spool.New(file, 10).Add([]byte("x")); err == nil {
		t.Error("no error")
	}
	if got, _ := os.ReadFile(file); string(got) != string(text) {
		t.Errorf("the file is now %q", got)
	}
}
