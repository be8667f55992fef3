package lmtp

import (
	"bufio"
	"errors"
	"io"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Standby gets the state of a session, so that it can take the session's place if that is killed: once the agent has
// a whole mail, it stores it, even if no process waits for its reply.
//
// The state is one byte: the number of replies that the agent owes (1 to 254; more are not kept), and 0 as soon as the
// first of them begins to arrive. From then on only the session can match replies to recipients; a guess could turn one
// recipient's refusal into another's.
type Standby struct {
	tell io.Writer
}

// NewStandby returns a Standby whose other end is RunStandby.
func NewStandby(tell io.Writer) *Standby { return &Standby{tell} }

// noReplies says that no replies are to be kept.
const noReplies = 0

// expect is called when the agent has the whole mail; it returns when the first reply begins to arrive, with nothing
// of it read. A Standby that is gone is none.
func (k *Standby) expect(replies int, agent io.Reader) {
	conn, ok := agent.(syscall.Conn)
	if k == nil || !ok || replies > 254 {
		return
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	k.tell.Write([]byte{byte(replies)})
	raw.Control(func(fd uintptr) {
		for err := error(unix.EINTR); errors.Is(err, unix.EINTR); {
			_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		}
	})
	k.tell.Write([]byte{noReplies})
}

// RunStandby listens to a Standby until that ends. If it was killed waiting for the agent's replies, they are passed on
// to
// the MTA; an error is about them.
func RunStandby(owing, agent io.Reader, mta io.Writer) error {
	owed := byte(noReplies)
	for b := make([]byte, 1); ; {
		if n, err := owing.Read(b); n == 0 || err != nil {
			break
		}
		owed = b[0]
	}
	s := &session{mtaW: mta, agentR: bufio.NewReaderSize(agent, maxLine)}
	for ; owed > 0; owed-- {
		if _, err := s.passReply(); err != nil {
			return err
		}
	}
	return nil
}
