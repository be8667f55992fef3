// Package razor asks Vipul's Razor whether a message has been reported as spam, by its own programs: razor-check, and
// razor-report and razor-revoke beside it.
package razor

import (
	"context"
	"fmt"
	"path/filepath"

	"asterism/remote/run"
)

// Options says how to ask.
type Options struct {
	Program string // razor-check (razor_path)
	Config  string // its configuration file (razor_config); empty for its own choice
	Runner  *run.Runner
}

// Client asks Razor. It is safe for concurrent use.
type Client struct{ opt Options }

// New makes a Client.
func New(opt Options) *Client { return &Client{opt} }

// Check says whether Razor knows the message as spam, with more confidence than its configuration wants.
func (c *Client) Check(ctx context.Context, raw []byte) (bool, error) {
	code, err := c.run(ctx, c.opt.Program, raw)
	switch {
	case err != nil:
		return false, err
	case code == 0:
		return true, nil
	case code == 1:
		return false, nil
	}
	return false, fmt.Errorf("%s: exit code %d", c.opt.Program, code)
}

// Report tells Razor that a message is spam.
func (c *Client) Report(ctx context.Context, raw []byte) error {
	return c.tell(ctx, "razor-report", raw)
}

// Revoke tells Razor that a message is not spam.
func (c *Client) Revoke(ctx context.Context, raw []byte) error {
	return c.tell(ctx, "razor-revoke", raw)
}

func (c *Client) tell(ctx context.Context, program string, raw []byte) error {
	path := filepath.Join(filepath.Dir(c.opt.Program), program)
	code, err := c.run(ctx, path, raw)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d", path, code)
	}
	return err
}

func (c *Client) run(ctx context.Context, program string, raw []byte) (code int, err error) {
	var args []string
	if c.opt.Config != "" {
		args = append(args, "-conf="+c.opt.Config)
	}
	res, err := c.opt.Runner.Run(ctx, program, append(args, "-"), raw)
	return res.Code, err
}
