package milter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/connpool"
)

// session is one connection from an MTA: an SMTP session with any number of mails. (SMFIC_QUIT_NC may even start
// another SMTP session on it.) Its mails come one after the other, and one goroutine serves it.
type session struct {
	server  *Server
	reader  *packetReader
	replies replies
	macros  macros
	mta     string         // its name in the log
	bytes   connpool.Share // of the mail in hand
	mail    transaction

	protocol gomilter.OptProtocol // what was negotiated

	client     netip.Addr // invalid if the mail was not received over IP
	clientName string     // verified name, or empty
	helo       string
	tls        string // TLS version, or empty
	broken     error  // a panic on the way here
}

func newSession(s *Server, conn net.Conn, addr net.Addr) *session {
	ses := &session{server: s, bytes: connpool.Share{Budget: s.opt.Bytes}, mta: peerName(conn, addr)}
	ses.reader = newPacketReader(conn, &s.opt, &s.buffers)
	ses.reader.bytes = connpool.Share{Budget: s.packets}
	ses.reader.room = func() { s.makeBytes() }
	ses.replies = replies{conn: conn, limit: s.opt.Packet}
	ses.mail.session = ses
	return ses
}

// Serve starts the session.
func (s *session) Serve(ended func()) {
	s.reader.start()
	s.server.start(func() {
		defer func() {
			s.reader.close()
			s.bytes.GiveAll()
			ended()
		}()
		if err := s.serve(); !errors.Is(err, errHungUp) && !s.reader.ordinary(err) {
			s.fault(err)
		}
	})
}

// fault logs why the connection came to its end.
func (s *session) fault(err error) {
	s.server.opt.Log.Warn("milter connection broke", "mta", s.mta, "err", err)
}

// serve does what the MTA says until it quits, which is io.EOF, or cannot be understood.
func (s *session) serve() error {
	_, data, err := s.reader.next()
	if err == nil {
		err = s.negotiate(data)
	}
	for err == nil {
		var cmd byte
		if cmd, data, err = s.reader.next(); err == nil {
			err = s.command(cmd, data)
		}
	}
	return err
}

// Spare reports whether the session may make room for another.
func (s *session) Spare(room connpool.Room) (time.Time, bool) { return s.reader.spare(room) }

// Drain ends the session as soon as no mail is in hand.
func (s *session) Drain() { s.reader.drain() }

// Kill cuts the session off.
func (s *session) Kill() {
	if s.reader.kill() {
		s.fault(errMadeRoom)
	}
}

// peerName names the MTA's end of a connection; that of a unix socket has no name, so the socket's own must do.
func peerName(conn net.Conn, own net.Addr) string {
	if name := conn.RemoteAddr().String(); name != "" && name != "@" {
		return name
	}
	return own.String()
}

// What is asked of the MTA: the actions that tagging needs and those that policies may want, and, to save round
// trips, no replies where ours is always the same.
const (
	needed   = gomilter.OptAddHeader | gomilter.OptChangeHeader
	actions  = needed | gomilter.OptQuarantine | gomilter.OptAddRcpt | gomilter.OptRemoveRcpt | gomilter.OptChangeBody
	protocol = gomilter.OptSkip | gomilter.OptHeaderLeadingSpace | gomilter.OptNoUnknown | gomilter.OptNoData |
		gomilter.OptNoConnReply | gomilter.OptNoHeloReply | gomilter.OptNoMailReply | gomilter.OptNoRcptReply |
		gomilter.OptNoHeaderReply | gomilter.OptNoEOHReply
)

// wholeMails is the max_size, in bytes, from which on MTAs hardly accept larger mails (Postfix's message_size_limit is
// 10,240,000). Then they need not wait for replies to body chunks, which could only say that the rest is not wanted.
const wholeMails = 10 << 20

// wanted returns what is asked of the MTA under these settings.
func (s *Settings) wanted() gomilter.OptProtocol {
	if s.MaxSize >= wholeMails && !s.SkipAuthenticated && !s.SkipTrusted {
		return protocol | gomilter.OptNoBodyReply
	}
	return protocol
}

// wantedMacros are the macros that the MTA is asked for, by stage.
var wantedMacros = []struct {
	stage gomilter.MacroStage
	names string
}{
	{gomilter.StageConnect, "j _ {daemon_name} {if_addr} {client_addr} {client_name} {client_resolve}"},
	{gomilter.StageHelo, "{tls_version}"},
	{gomilter.StageMail, "i {auth_type} {auth_authen} {mail_addr}"},
	{gomilter.StageRcpt, "{rcpt_addr}"},
	{gomilter.StageEOM, "i"},
}

// negotiate settles for what the MTA offers, as long as verdicts can be removed and added.
func (s *session) negotiate(data []byte) error {
	if len(data) < 12 {
		return fmt.Errorf("option negotiation of %d bytes, want 12", len(data))
	}
	version := binary.BigEndian.Uint32(data)
	allowed := gomilter.OptAction(binary.BigEndian.Uint32(data[4:]))
	if version < 2 || allowed&needed != needed {
		return fmt.Errorf("the MTA's milter protocol (version %d, actions %#x) cannot change header fields", version, allowed)
	}
	s.replies.allowed = allowed & (actions | gomilter.OptSetMacros)
	s.protocol = gomilter.OptProtocol(binary.BigEndian.Uint32(data[8:])) & s.server.settings.Load().wanted()
	out := binary.BigEndian.AppendUint32(nil, min(version, gomilter.MaxServerProtocolVersion))
	out = binary.BigEndian.AppendUint32(out, uint32(s.replies.allowed))
	out = binary.BigEndian.AppendUint32(out, uint32(s.protocol))
	if s.replies.allowed&gomilter.OptSetMacros != 0 {
		for _, w := range wantedMacros {
			out = append(append(binary.BigEndian.AppendUint32(out, uint32(w.stage)), w.names...), 0)
		}
	}
	s.replies.add(cmdOptions, out)
	return s.replies.flush()
}

// noReply is by command what was negotiated where the MTA waits for no reply to it.
var noReply = [256]gomilter.OptProtocol{
	cmdConnect: gomilter.OptNoConnReply, cmdHelo: gomilter.OptNoHeloReply, cmdMail: gomilter.OptNoMailReply,
	cmdRcpt: gomilter.OptNoRcptReply, cmdHeader: gomilter.OptNoHeaderReply, cmdEOH: gomilter.OptNoEOHReply,
	cmdBody: gomilter.OptNoBodyReply,
}

// command does what one packet says, and replies where the MTA waits for that.
func (s *session) command(cmd byte, data []byte) error {
	switch cmd {
	case cmdMacro:
		if len(data) > 0 {
			s.macros.set(data[0], data[1:])
		}
		return nil
	case cmdAbort:
		s.next()
		return nil
	case cmdQuitNew:
		s.next()
		s.macros.forget(0)
		return nil
	case cmdQuit:
		return io.EOF
	}
	s.macros.forget(stage(cmd) + 1)
	reply, err := s.mail.take(cmd, data)
	if err != nil {
		return err
	}
	s.macros.forget(len(macroCommands))
	answered := s.protocol&noReply[cmd] == 0
	if answered {
		if err := s.replies.answer(reply); err != nil {
			return err
		}
	}
	if !reply.Continue() {
		s.next()
	}
	if answered {
		runtime.Gosched() // what the MTA says to that is not here yet, and reading it now would cost two system calls
	}
	return nil
}

// next makes ready for the next mail.
func (s *session) next() {
	s.macros.forget(stage(cmdMail))
	s.mail = transaction{session: s}
	s.reader.setBusy(false)
	s.bytes.GiveAll()
}

// connect notes the SMTP client: its name, NUL, its address's family, and for those that have them its port and its
// address. Where the name did not lead back to the address ({client_resolve} FAIL, FORGED or TEMP; sendmail's
// bracketed address; Postfix's "unknown") there is no verified name.
func (s *session) connect(data []byte) error {
	s.client, s.clientName, s.helo, s.tls = netip.Addr{}, "", "", ""
	host, data, _ := bytes.Cut(data, []byte{0})
	switch family, rest := gomilter.ProtoFamily(data[0]), data[1:]; family {
	case gomilter.FamilyUnknown, gomilter.FamilyUnix:
	case gomilter.FamilyInet, gomilter.FamilyInet6:
		address := cString(rest[min(2, len(rest)):]) // behind the port
		client, err := netip.ParseAddr(strings.TrimPrefix(strings.Trim(address, "[]"), "IPv6:"))
		if err != nil || family == gomilter.FamilyInet && !client.Unmap().Is4() {
			return fmt.Errorf("a connection from %q, which is no address of its family", address)
		}
		s.client = client.Unmap().WithZone("")
	default:
		return fmt.Errorf("a connection of the unknown family %q", family)
	}
	if resolve := s.macros.Get("{client_resolve}"); resolve != "" && resolve != "OK" {
		return nil
	}
	if name := string(host); !strings.HasPrefix(name, "[") && name != "unknown" {
		s.clientName = strings.ToLower(strings.TrimSuffix(name, "."))
	}
	return nil
}

// hello notes the client's HELO name, and TLS, which the MTA tells with it.
func (s *session) hello(data []byte) {
	s.helo = cString(data)
	s.tls = s.macros.Get("{tls_version}")
}

// cString returns the text up to the first NUL.
func cString(data []byte) string {
	text, _, _ := bytes.Cut(data, []byte{0})
	return string(text)
}
