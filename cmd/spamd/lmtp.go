package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/daemon"
	"asterism/listen"
	"asterism/lmtp"
)

// newLMTPCommand returns spamd lmtp. Like mda it knows only temporary failures.
func newLMTPCommand(opt *options) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use:   "lmtp [flags] (--to ADDR | -- PROGRAM [ARG]...)",
		Short: "Tag messages between an MTA and an LMTP delivery agent",
		Long: "lmtp takes the place of a local delivery agent that speaks LMTP on its standard input and output, for\n" +
			"sendmail's FEATURE(local_lmtp). It passes the tagged messages to the LMTP server at ADDR, or to PROGRAM on its\n" +
			"standard input and output. Each recipient's reply goes back unchanged.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (to == "") == (len(args) == 0) {
				return fail(exitTempfail, errors.New("lmtp needs either --to or the delivery agent to run"))
			}
			return fail(exitTempfail, serveLMTP(cmd.Context(), opt, to, args))
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return fail(exitTempfail, flagError(cmd, err)) })
	cmd.Flags().StringVar(&to, "to", "", "pass messages to the LMTP server at `ADDR`")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// serveLMTP serves the MTA on standard input and output. It returns nil after an orderly end.
func serveLMTP(ctx context.Context, opt *options, to string, program []string) error {
	if os.Getenv(standbyEnv) != "" {
		return runStandby()
	}
	logs, err := openLogs(opt, daemon.Identity{})
	if err != nil {
		return errors.Unwrap(err)
	}
	cfg, problems := opt.loadConfig()
	if config.Failed(problems) {
		return firstError(problems)
	}
	log := logs.area("lmtp")
	agent, err := dialAgent(ctx, to, program)
	if err != nil {
		return err
	}
	defer agent.Close()
	standby, err := startStandby(agent)
	if err != nil {
		return err
	}
	defer standby.stop()
	proxy := &lmtp.Proxy{Standby: lmtp.NewStandby(standby.tell), Tag: func(ctx context.Context, m *lmtp.Mail) ([]byte,
		error) {
		one := &mdaOptions{options: opt, sender: m.Sender, recipients: m.Recipients}
		return one.tagOrNot(ctx, cfg, log, m.Raw)
	}}
	return proxy.Serve(ctx, stdio{}, agent)
}

// stdio is standard input and output as one.
type stdio struct{}

func (stdio) Read(b []byte) (int, error)  { return os.Stdin.Read(b) }
func (stdio) Write(b []byte) (int, error) { return os.Stdout.Write(b) }

// dialAgent connects to an LMTP server or starts a program that is one.
func dialAgent(ctx context.Context, to string, program []string) (*agent, error) {
	if to != "" {
		addr, err := listen.Parse(to)
		if err != nil {
			return nil, err
		}
		conn, err := listen.Dial(ctx, addr)
		if err != nil {
			return nil, err
		}
		return newAgent(conn)
	}
	cmd := exec.Command(program[0], program[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout = write
	err = cmd.Start()
	write.Close()
	if err != nil {
		read.Close()
		return nil, err
	}
	return &agent{WriteCloser: in, replies: read, cmd: cmd}, nil
}

// agent is a delivery agent: a connection, or a program that has been started.
type agent struct {
	io.WriteCloser
	replies *os.File
	cmd     *exec.Cmd // nil for a connection
}

// newAgent returns the agent at the other end of a connection.
func newAgent(conn net.Conn) (*agent, error) {
	defer conn.Close()
	file, err := conn.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		return nil, err
	}
	return &agent{WriteCloser: file, replies: file}, nil
}

// Read reads the agent's replies.
func (a *agent) Read(b []byte) (int, error) { return a.replies.Read(b) }

// SyscallConn is where the replies come from.
func (a *agent) SyscallConn() (syscall.RawConn, error) { return a.replies.SyscallConn() }

// Close closes the agent's input and waits for a program to end.
func (a *agent) Close() error {
	err := a.WriteCloser.Close()
	if a.cmd != nil {
		err = errors.Join(err, a.cmd.Wait(), a.replies.Close())
	}
	return err
}
