package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"

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
		Short: "Tag mails that an MTA hands to an LMTP delivery agent",
		Long: "lmtp stands in for a local delivery agent that speaks LMTP on its standard input and output, as sendmail's\n" +
			"FEATURE(local_lmtp) wants it, and passes the mails on, tagged, to the LMTP server at ADDR or to PROGRAM, which\n" +
			"speaks LMTP on its own standard input and output. Each recipient's reply goes back unchanged.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if (to == "") == (len(args) == 0) {
				return fail(exitTempfail, errors.New("lmtp needs either --to or the delivery agent to run"))
			}
			return fail(exitTempfail, serveLMTP(cmd.Context(), opt, to, args))
		},
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fail(exitTempfail, err) })
	cmd.Flags().StringVar(&to, "to", "", "pass mails on to the LMTP server at `ADDR`")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// serveLMTP serves the MTA on standard input and output. It returns nil after an orderly end.
func serveLMTP(ctx context.Context, opt *options, to string, program []string) error {
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
	proxy := &lmtp.Proxy{Tag: func(ctx context.Context, m *lmtp.Mail) ([]byte, error) {
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
func dialAgent(ctx context.Context, to string, program []string) (io.ReadWriteCloser, error) {
	if to != "" {
		addr, err := listen.Parse(to)
		if err != nil {
			return nil, err
		}
		return listen.Dial(ctx, addr)
	}
	cmd := exec.Command(program[0], program[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &agent{ReadCloser: out, WriteCloser: in, cmd: cmd}, nil
}

// agent is a delivery agent that has been started.
type agent struct {
	io.ReadCloser
	io.WriteCloser
	cmd *exec.Cmd
}

// Close closes the agent's input and waits for it to end.
func (a *agent) Close() error {
	return errors.Join(a.WriteCloser.Close(), a.cmd.Wait())
}
