package milter

import (
	"encoding/binary"
	"net"
	"time"

	gomilter "github.com/d--j/go-milter"
)

// Replies of the milter protocol (SMFIR_*) that are not go-milter's Responses.
const (
	replyAddRecipient    = '+'
	replyDeleteRecipient = '-'
	replyBody            = 'b'
	replyInsertHeader    = 'i'
	replyChangeHeader    = 'm'
	replyProgress        = 'p'
	replyQuarantine      = 'q'
)

// replies is the way back to the MTA. Changes of a mail are held back and sent together with the reply that ends it,
// in one system call.
type replies struct {
	conn    net.Conn
	limit   time.Duration      // how long the MTA may take to accept a reply
	allowed gomilter.OptAction // what the MTA lets us change
	out     []byte             // packets that are held back
}

// holdBack is how many bytes of replies are held back at most.
const holdBack = 64 << 10

// answer sends a reply, and before it what is held back.
func (r *replies) answer(reply *gomilter.Response) error {
	message := reply.Response()
	r.add(byte(message.Code), message.Data)
	return r.flush()
}

// progress tells the MTA that its mail is still in work.
func (r *replies) progress() error {
	r.add(replyProgress, nil)
	return r.flush()
}

// insertHeader inserts a field at a place in the header, counted from 0.
func (r *replies) insertHeader(at int, name, value string) error {
	return r.change(gomilter.OptAddHeader, replyInsertHeader, headerChange(at, name, value))
}

// changeHeader gives the index-th field of a name, counted from 1, a value; without one it is deleted.
func (r *replies) changeHeader(index int, name, value string) error {
	return r.change(gomilter.OptChangeHeader, replyChangeHeader, headerChange(index, name, value))
}

func headerChange(index int, name, value string) []byte {
	data := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(name)+len(value)+2), uint32(index))
	data = append(append(data, name...), 0)
	return append(append(data, value...), 0)
}

// addRecipient adds a recipient.
func (r *replies) addRecipient(address string) error {
	return r.change(gomilter.OptAddRcpt, replyAddRecipient, []byte(gomilter.AddAngle(address)+"\x00"))
}

// deleteRecipient removes a recipient.
func (r *replies) deleteRecipient(address string) error {
	return r.change(gomilter.OptRemoveRcpt, replyDeleteRecipient, []byte(gomilter.AddAngle(address)+"\x00"))
}

// quarantine has the MTA keep the mail, for a reason.
func (r *replies) quarantine(reason string) error {
	return r.change(gomilter.OptQuarantine, replyQuarantine, []byte(reason+"\x00"))
}

// replaceBody gives the mail another body, in chunks as long as the protocol has them.
func (r *replies) replaceBody(body []byte) error {
	for len(body) > 0 {
		n := min(len(body), int(gomilter.DataSize64K))
		if err := r.change(gomilter.OptChangeBody, replyBody, body[:n]); err != nil {
			return err
		}
		body = body[n:]
	}
	return nil
}

// change holds back a change of the mail.
func (r *replies) change(action gomilter.OptAction, code byte, data []byte) error {
	if r.allowed&action == 0 {
		return gomilter.ErrModificationNotAllowed
	}
	if r.add(code, data); len(r.out) > holdBack {
		return r.flush()
	}
	return nil
}

// add holds back a packet: its length as four bytes, its code, its data.
func (r *replies) add(code byte, data []byte) {
	r.out = binary.BigEndian.AppendUint32(r.out, uint32(1+len(data)))
	r.out = append(append(r.out, code), data...)
}

// drop forgets what is held back.
func (r *replies) drop() { r.out = r.out[:0] }

func (r *replies) flush() error {
	r.conn.SetWriteDeadline(time.Now().Add(r.limit))
	_, err := r.conn.Write(r.out)
	r.drop()
	if cap(r.out) > holdBack {
		r.out = nil
	}
	return err
}
