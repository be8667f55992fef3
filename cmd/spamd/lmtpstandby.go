package main

import (
	"os"
	"os/exec"

	"asterism/lmtp"
)

// standbyEnv marks the process that stands by for a spamd lmtp.
const standbyEnv = "ASTERISM_LMTP_STANDBY"

// The files of the standby besides standard output: what it is told, and the agent's replies.
const (
	standbyInput = 3
	standbyAgent = 4
)

// lmtpStandby is a second process of spamd lmtp: should the first be killed while the agent has a mail and has not
// answered yet, the second passes the answer on. Else the MTA would have the mail delivered again.
type lmtpStandby struct {
	cmd  *exec.Cmd
	tell *os.File
}

func startStandby(a *agent) (*lmtpStandby, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	told, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer told.Close()
	cmd := &exec.Cmd{Path: self, Args: os.Args, Env: append(os.Environ(), standbyEnv+"=1")}
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, []*os.File{told, a.replies}
	if err := cmd.Start(); err != nil {
		tell.Close()
		return nil, err
	}
	return &lmtpStandby{cmd, tell}, nil
}

// stop ends the standby.
func (k *lmtpStandby) stop() {
	k.tell.Close()
	k.cmd.Wait()
}

// runStandby is the work of the standby.
func runStandby() error {
	return lmtp.RunStandby(os.NewFile(standbyInput, "told"), os.NewFile(standbyAgent, "agent"), os.Stdout)
}
