package milter

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/connpool"
	"asterism/contain"
)

// session is one connection from an MTA: an SMTP session with any number of mails. (SMFIC_QUIT_NC may even start
// another SMTP session on it.) Its transactions run one after the other in one goroutine.
type session struct {
	server *Server
	reader *packetReader
	mta    string         // its name in the log
	bytes  connpool.Share // of the mail in hand

	leadingSpace bool // the MTA keeps the space after a field's colon
	canSkip      bool // the MTA understands SMFIR_SKIP

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
	ses.reader.onFault = func(err error) { s.opt.Log.Warn("milter connection broke", "mta", ses.mta, "err", err) }
	return ses
}

// Serve starts the session.
func (s *session) Serve(ended func()) {
	s.reader.start()
	s.reader.onClose = func() {
		s.bytes.GiveAll()
		s.reader.bytes.GiveAll()
		ended()
	}
	// go-milter's Serve starts the session in a goroutine and returns as the second Accept fails.
	if err := gomilter.NewServer(s.options()...).Serve(&single{Listener: nil, conn: &library{s.reader}}); !errors.Is(err,
		io.EOF) {
		s.reader.Close()
	}
}

// library is the connection as go-milter has it, in a goroutine of its own, which closes it at its end.
type library struct{ *packetReader }

// Close closes the connection, and ends the goroutine there if it panics: that costs this connection, and nothing more.
func (l *library) Close() error {
	err := l.packetReader.Close()
	contain.Goexit()
	return err
}

// Spare tells whether the session may make room for another.
func (s *session) Spare(room connpool.Room) (time.Time, bool) { return s.reader.spare(room) }

// Drain ends the session as soon as no mail is in hand.
func (s *session) Drain() { s.reader.drain() }

// Kill cuts the session off.
func (s *session) Kill() { s.reader.kill() }

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

// options returns go-milter's options for this session.
func (s *session) options() []gomilter.Option {
	return []gomilter.Option{
		gomilter.WithDynamicMilter(s.newTransaction),
		gomilter.WithNegotiationCallback(s.negotiate),
		gomilter.WithActions(actions),
		gomilter.WithProtocols(protocol),
		gomilter.WithMacroRequest(gomilter.StageConnect, []string{
			"j", "_", "{daemon_name}", "{if_addr}", "{client_addr}", "{client_name}", "{client_resolve}",
		}),
		gomilter.WithMacroRequest(gomilter.StageHelo, []string{"{tls_version}"}),
		gomilter.WithMacroRequest(gomilter.StageMail, []string{"i", "{auth_type}", "{auth_authen}", "{mail_addr}"}),
		gomilter.WithMacroRequest(gomilter.StageRcpt, []string{"{rcpt_addr}"}),
		gomilter.WithMacroRequest(gomilter.StageEOM, []string{"i"}),
	}
}

// negotiate settles for what the MTA offers, as long as verdicts can be removed and added.
func (s *session) negotiate(mtaVersion, ourVersion uint32, mtaActions, ourActions gomilter.OptAction, mtaProtocol,
	ourProtocol gomilter.OptProtocol, _ gomilter.DataSize) (uint32, gomilter.OptAction, gomilter.OptProtocol,
	gomilter.DataSize, error) {
	if mtaVersion < 2 || mtaActions&needed != needed {
		err := fmt.Errorf("the MTA's milter protocol (version %d, actions %#x) cannot change header fields", mtaVersion,
			mtaActions)
		return 0, 0, 0, 0, err
	}
	return min(mtaVersion, ourVersion), ourActions & mtaActions, ourProtocol & mtaProtocol, gomilter.DataSize64K, nil
}

// newTransaction is called by go-milter at the start and after each reply that ends a mail.
func (s *session) newTransaction(_ uint32, _ gomilter.OptAction, p gomilter.OptProtocol,
	_ gomilter.DataSize) gomilter.Milter {
	s.leadingSpace = p&gomilter.OptHeaderLeadingSpace != 0
	s.canSkip = p&gomilter.OptSkip != 0
	s.reader.setBusy(false)
	s.bytes.GiveAll()
	return &transaction{session: s}
}

// connect notes the SMTP client. Where the name did not lead back to the address ({client_resolve} FAIL, FORGED or
// TEMP; sendmail's bracketed address; Postfix's "unknown") there is no verified name.
func (s *session) connect(host, family, addr string, m gomilter.Macros) {
	s.client, s.clientName, s.helo, s.tls = netip.Addr{}, "", "", ""
	if family == "tcp4" || family == "tcp6" {
		if ip, err := netip.ParseAddr(addr); err == nil {
			s.client = ip.Unmap()
		}
	}
	if resolve := m.Get("{client_resolve}"); resolve != "" && resolve != "OK" {
		return
	}
	if !strings.HasPrefix(host, "[") && host != "unknown" {
		s.clientName = strings.ToLower(strings.TrimSuffix(host, "."))
	}
}

// hello notes the client's HELO name. The MTA's own stage macros are gone after an aborted mail, so TLS is noted as
// well.
func (s *session) hello(name string, m gomilter.Macros) {
	s.helo = name
	s.tls = m.Get("{tls_version}")
}

// RedirectWarnings has go-milter's own warnings logged by log. It is a setting of the whole process.
func RedirectWarnings(log *slog.Logger) {
	gomilter.LogWarning = func(format string, v ...any) {
		for _, a := range v {
			if err, ok := a.(error); ok && (errors.Is(err, errHungUp) || errors.Is(err, errOrder)) {
				return // has been logged with the mail, or the session
			}
		}
		log.Warn("milter: " + fmt.Sprintf(format, v...))
	}
}
