package kills_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"asterism/test/e2e"
)

// procmailrc delivers into a Maildir; some mails take long, and for some it fails for now.
const procmailrc = `SHELL=/bin/sh
VERBOSE=off
DEFAULT=%s/
:0
* ? test $(( $$ %% 9 )) -eq 0
{
  EXITCODE=75
  HOST=.fails
}
:0 fw
| sleep 0.$(( $$ %% 4 )); cat
`

// spamd mda between sendmail and procmail.
func TestMDA(t *testing.T) {
	procmail := e2e.Tool(t, "procmail", "procmail")
	spamd := e2e.StartSpamd(t, e2e.TestRules, "-L")
	dir := e2e.Dir(t)
	box := filepath.Join(dir, "box")
	rc := e2e.Write(t, dir, "procmailrc", fmt.Sprintf(procmailrc, box), 0o644)
	c := &campaign{t: t, boxes: []string{box}, rcpts: []string{"bob"}}
	c.mta = e2e.StartSendmail(t, e2e.SendmailOptions{MC: e2e.MDALines(t, spamd, procmail+" -m "+rc) + busy})
	late := map[int]int{} // mails that procmail had delivered already when it was killed
	c.sides = []*side{
		daemon(t, spamd),
		{name: "spamd mda", find: subcommand("mda", spamd.Store), life: 15 * time.Millisecond},
		{
			name: "procmail", life: 200 * time.Millisecond,
			find: func() []int {
				return processes(func(_ int, args []string) bool {
					return filepath.Base(args[0]) == "procmail" && slices.Contains(args, rc)
				})
			},
			after: func(pid int) {
				mail, err := os.ReadFile(fmt.Sprintf("/proc/%d/fd/0", pid))
				if n := number(mail); err == nil && c.arrived()[n] > late[n] {
					late[n]++
				}
			},
		},
	}
	c.run()
	t.Logf("procmail was killed after it had delivered and before it could say so: %d times", len(late))
	for i, n := range c.copies {
		if n > 1+late[i] {
			t.Errorf("mail %d was delivered %d times, and procmail was killed after its delivery %d times", i, n, late[i])
		}
	}
}

// busy keeps sendmail from holding mail back on a machine that has more to do.
const busy = "\ndefine(`confQUEUE_LA', `1000')dnl\ndefine(`confREFUSE_LA', `1000')dnl"

// daemon is the side of the daemon itself.
func daemon(t *testing.T, spamd *e2e.Spamd) *side {
	return &side{
		name: "spamd", life: 300 * time.Millisecond,
		find: func() []int {
			if spamd.Ended() {
				return nil
			}
			return []int{spamd.Cmd.Process.Pid}
		},
		again: func() {
			spamd.Wait(t, 10*time.Second)
			spamd.Restart(t)
		},
	}
}
