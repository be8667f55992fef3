package lmtp

import (
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

// What a standby passes on depends on what it was told last before the session was killed.
func TestKeeper(t *testing.T) {
	const replies = "250-2.0.0 bob\r\n250 has it\r\n452 4.2.2 carol is full\r\n221 bye\r\n"
	for _, c := range []struct{ name, told, want string }{
		{"before a mail", "", ""},
		{"waiting for two", "\x02", "250-2.0.0 bob\r\n250 has it\r\n452 4.2.2 carol is full\r\n"},
		{"waiting for one", "\x01", "250-2.0.0 bob\r\n250 has it\r\n"},
		{"replies begun", "\x02\x00", ""},
		{"waiting for the second mail's", "\x02\x00\x01", "250-2.0.0 bob\r\n250 has it\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var mta strings.Builder
			told := iotest.OneByteReader(strings.NewReader(c.told))
			if err := RunStandby(told, strings.NewReader(replies), &mta); err != nil || mta.String() != c.want {
				t.Errorf("%s: %v, passed on %q, want %q", c.name, err, mta.String(), c.want)
			}
		})
	}
	var mta strings.Builder
	if err := RunStandby(strings.NewReader("\x02"), strings.NewReader("250 bob has it\r\n"), &mta); err == nil ||
		mta.String() != "250 bob has it\r\n" {
		t.Errorf("an agent that dies: %v, passed on %q", err, mta.String())
	}
}

// A session tells its standby what it waits for, and reads nothing before that has come.
func TestKeeperIsTold(t *testing.T) {
	agentR, agentW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer agentR.Close()
	defer agentW.Close()
	toldR, toldW := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		NewStandby(toldW).expect(3, agentR)
	}()
	b := make([]byte, 1)
	for _, want := range []byte{3, 0} {
		if _, err := io.ReadFull(toldR, b); err != nil || b[0] != want {
			t.Fatalf("told %d, %v, want %d", b[0], err, want)
		}
		if want == 3 {
			if _, err := io.WriteString(agentW, "250 ok\r\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	<-done
	reply := make([]byte, 8)
	if _, err := io.ReadFull(agentR, reply); err != nil || string(reply) != "250 ok\r\n" {
		t.Errorf("left of the reply: %q, %v", reply, err)
	}
}
