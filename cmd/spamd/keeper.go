package main

import (
	"os"
	"os/exec"

	"asterism/lmtp"
)

// keeperEnv marks the process that stands by for a spamd lmtp.
const keeperEnv = "ASTERISM_LMTP_KEEPER"

// The keeper's files besides standard output: what it is told, and the agent's replies.
const (
	keeperTold  = 3
	keeperAgent = 4
)

// keeper is a second process of spamd lmtp: should the first be killed while the agent has a mail and has not
// answered yet, the second passes the answer on. Else the MTA would have the mail delivered again.
type keeper struct {
	cmd  *exec.Cmd
	tell *os.File
}

func startKeeper(a *agent) (*keeper, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	told, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer told.Close()
	cmd := &exec.Cmd{Path: self, Args: os.Args, Env: append(os.Environ(), keeperEnv+"=1")}
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, []*os.File{told, a.replies}
	if err := cmd.Start(); err != nil {
		tell.Close()
		return nil, err
	}
	return &keeper{cmd, tell}, nil
}

// stop ends the keeper.
func (k *keeper) stop() {
	k.tell.Close()
	k.cmd.Wait()
}

// keep is what the keeper does.
func keep() error {
	return lmtp.Keep(os.NewFile(keeperTold, "told"), os.NewFile(keeperAgent, "agent"), os.Stdout)
}
