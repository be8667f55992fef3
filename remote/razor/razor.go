// Package razor queries Vipul's Razor for reports of a message, by its own programs: razor-check, and razor-report and
// razor-revoke beside it.
package razor

import (
	"context"
	"fmt"
	"path/filepath"

	"asterism/remote/run"
)

// Options configures a Client.
type Options struct {
	Program string // razor-check (razor_path)
	Config  string // its configuration file (razor_config); empty for its own choice
	Runner  *run.Runner

	Confidence bool // read the confidence of each engine from the program's log; it goes to no log file then
}

// Client queries Razor. It is safe for concurrent use.
type Client struct{ opt Options }

// New makes a Client.
func New(opt Options) *Client { return &Client{opt} }

// Answer is Razor's answer about a message.
type Answer struct {
	Spam       bool        // with more confidence than Razor's configuration requires
	Confidence map[int]int // 0 to 100, by engine: the highest of parts that are not contested; see Options.Confidence
}

// Check queries Razor for a message.
func (c *Client) Check(ctx context.Context, raw []byte) (a Answer, err error) {
	var args []string
	if c.opt.Confidence {
		args = []string{"-d", "-dl=7"} // log to standard output, down to what each part got
	}
	res, err := c.run(ctx, c.opt.Program, raw, args...)
	switch {
	case err != nil:
		return a, err
	case res.Code > 1 || res.Code < 0:
		return a, fmt.Errorf("%s: exit code %d", c.opt.Program, res.Code)
	}
	a.Spam = res.Code == 0
	if c.opt.Confidence {
		a.Confidence = confidence(res.Stdout)
	}
	return a, nil
}

// Report reports a message as spam.
func (c *Client) Report(ctx context.Context, raw []byte) error {
	return c.tell(ctx, "razor-report", raw)
}

// Revoke reports a message as ham.
func (c *Client) Revoke(ctx context.Context, raw []byte) error {
	return c.tell(ctx, "razor-revoke", raw)
}

func (c *Client) tell(ctx context.Context, program string, raw []byte) error {
	path := filepath.Join(filepath.Dir(c.opt.Program), program)
	res, err := c.run(ctx, path, raw)
	if err == nil && res.Code != 0 {
		err = fmt.Errorf("%s: exit code %d", path, res.Code)
	}
	return err
}

func (c *Client) run(ctx context.Context, program string, raw []byte, args ...string) (run.Result, error) {
	if c.opt.Config != "" {
		args = append(args, "-conf="+c.opt.Config)
	}
	return c.opt.Runner.Run(ctx, program, append(args, "-"), raw)
}
