package redis

import (
	"context"
	"crypto/sha1"
	_ "embed" // the scripts
	"encoding/hex"
	"strings"

	"github.com/valkey-io/valkey-go"
)

var (
	//go:embed lua/common.lua
	commonLua string
	//go:embed lua/part.lua
	partLua string
	//go:embed lua/begin.lua
	beginLua string
	//go:embed lua/set.lua
	setLua string
	//go:embed lua/apply.lua
	applyLua string
	//go:embed lua/poll.lua
	pollLua string
	//go:embed lua/touch.lua
	touchLua string
	//go:embed lua/drop.lua
	dropLua string
	//go:embed lua/reset.lua
	resetLua string
	//go:embed lua/oldest.lua
	oldestLua string
	//go:embed lua/root.lua
	rootLua string
	//go:embed lua/lease.lua
	leaseLua string
	//go:embed lua/tally.lua
	tallyLua string
	//go:embed lua/untally.lua
	untallyLua string

	applyScript  = newScript(partLua + applyLua)
	beginScript  = newScript(partLua + beginLua)
	setScript    = newScript(partLua + setLua)
	pollScript   = newScript(pollLua)
	touchScript  = newScript(touchLua)
	dropScript   = newScript(dropLua)
	resetScript  = newScript(resetLua)
	oldestScript = newScript(oldestLua)
	rootScript   = newScript(rootLua)
	leaseScript  = newScript(leaseLua)

	tallyScript   = newScript(tallyLua)
	untallyScript = newScript(untallyLua)
)

// script is a Lua script as the server knows it.
type script struct{ source, sha string }

func newScript(body string) script {
	source := commonLua + body
	sum := sha1.Sum([]byte(source))
	return script{source, hex.EncodeToString(sum[:])}
}

// call is a script with its arguments.
type call struct{ keys, args []string }

// run runs the script, and sends its source if the server does not know it yet.
func (sc script) run(ctx context.Context, c *conn, keys, args []string) valkey.ValkeyResult {
	return sc.runAll(ctx, c, []call{{keys, args}})[0]
}

// runAll runs the script several times, in one round trip to each node.
func (sc script) runAll(ctx context.Context, c *conn, calls []call) []valkey.ValkeyResult {
	cmds := make(valkey.Commands, len(calls))
	for i, a := range calls {
		cmds[i] = c.B().Evalsha().Sha1(sc.sha).Numkeys(int64(len(a.keys))).Key(a.keys...).Arg(a.args...).Build()
	}
	results := c.DoMulti(ctx, cmds...)
	for i, a := range calls {
		if isNoScript(results[i].Error()) {
			results[i] = c.Do(ctx, sc.eval(c, a))
		}
	}
	return results
}

// runAndWait runs the script and waits until so many replicas have what it wrote. It returns how many have.
func (sc script) runAndWait(ctx context.Context, c *conn, a call, replicas int) (valkey.ValkeyResult, int, error) {
	if replicas == 0 {
		return sc.run(ctx, c, a.keys, a.args), 0, nil
	}
	send := c.B().Evalsha().Sha1(sc.sha).Numkeys(int64(len(a.keys))).Key(a.keys...).Arg(a.args...).Build()
	for {
		wait := c.B().Wait().Numreplicas(int64(replicas)).Timeout(waitTimeout.Milliseconds()).Build()
		results := c.together(ctx, send, wait)
		if isNoScript(results[0].Error()) {
			send = sc.eval(c, a)
			continue
		}
		n, err := results[1].AsInt64()
		return results[0], int(n), err
	}
}

// together sends commands over one connection, as WAIT needs it: it tells of what that connection wrote. None of them
// follows a redirection on its own.
func (c *conn) together(ctx context.Context, commands ...valkey.Completed) (results []valkey.ValkeyResult) {
	_ = c.Dedicated(func(d valkey.DedicatedClient) error {
		results = d.DoMulti(ctx, commands...)
		return nil
	})
	return results
}

func (sc script) eval(c *conn, a call) valkey.Completed {
	return c.B().Eval().Script(sc.source).Numkeys(int64(len(a.keys))).Key(a.keys...).Arg(a.args...).Build()
}

func isNoScript(err error) bool {
	e, ok := valkey.IsValkeyErr(err)
	return ok && strings.HasPrefix(e.Error(), "NOSCRIPT")
}
