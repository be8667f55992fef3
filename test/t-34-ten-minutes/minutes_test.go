// Package minutes_test types the first section of README, from nothing to a tagged mail, into a fresh Debian, and
// takes the time.
package minutes_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/test/e2e"
)

var (
	rootTar  = flag.String("root", "", "archive of a Debian system, as debootstrap makes it, to type the commands in")
	packages = flag.String("debs", "", "directory with the Debian package of Asterism")
)

// most are what a newcomer may need.
const (
	mostCommands = 5
	mostTime     = 10 * time.Minute
)

// way is one of README's ways to a tagged mail.
type way struct {
	name  string
	lines []string
}

// ways returns the commands of README's first section.
func ways(t *testing.T) (all []way) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(e2e.Root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## From nothing to a tagged mail\n")
	section, _, _ = strings.Cut(section, "\n## ")
	continued := false
	for line := range strings.Lines(section) {
		line = strings.TrimRight(line, "\n")
		command, isCommand := strings.CutPrefix(line, "    ")
		switch {
		case isCommand && continued:
			last := &all[len(all)-1].lines
			(*last)[len(*last)-1] += "\n" + command
		case isCommand:
			last := &all[len(all)-1].lines
			*last = append(*last, command)
		case strings.HasSuffix(line, ":"):
			all = append(all, way{name: strings.TrimSuffix(line, ":")})
		}
		continued = isCommand && strings.HasSuffix(line, "\\")
	}
	return all
}

// TestCommands: both MTAs, from the package and from the checkout, with few commands.
func TestCommands(t *testing.T) {
	all := ways(t)
	if len(all) != 4 {
		t.Errorf("README has %d ways", len(all))
	}
	for _, w := range all {
		if len(w.lines) == 0 || len(w.lines) > mostCommands {
			t.Errorf("%s: %d commands", w.name, len(w.lines))
		}
	}
}

func TestTenMinutes(t *testing.T) {
	if *rootTar == "" {
		t.Log("without -root README's commands are counted only; make ten-minutes types them")
		return
	}
	for _, w := range ways(t) {
		t.Run(w.name, func(t *testing.T) {
			n := &newcomer{guest: newGuest(t, *rootTar), dir: "/root"}
			if strings.Contains(w.name, "checkout") {
				n.checkout()
				n.dir = "/root/asterism"
			} else {
				e2e.Run(t, "sh", "-c", "cp \"$0\"/asterism_*.deb \"$1\"", *packages, filepath.Join(n.root, "root"))
			}
			var took time.Duration
			last := ""
			for _, line := range w.lines {
				var d time.Duration
				d, last = n.enter(line)
				took += d
				t.Logf("%6.1f s  # %s", d.Seconds(), line)
			}
			t.Logf("%6.1f s  in all: %s", took.Seconds(), strings.TrimSpace(last))
			if !strings.Contains(last, "X-Spam-Score: ") || took > mostTime {
				t.Errorf("after %v: %s", took, last)
			}
		})
	}
}

// newcomer types commands.
type newcomer struct {
	*guest
	dir string
}

// enter types a line, and returns how long it took and what it printed. The part of it that needs the network is done
// outside first.
func (n *newcomer) enter(line string) (time.Duration, string) {
	n.t.Helper()
	began := time.Now()
	switch {
	case line == "apt-get update":
		n.download(n.dir, line)
		return time.Since(began), ""
	case strings.HasPrefix(line, "apt-get install "):
		n.download(n.dir, strings.Replace(line, "install ", "install --download-only ", 1))
	case line == "make run":
		n.download(n.dir, "go mod download")
		return n.run(line, began), ""
	}
	// A file, not a pipe: services that the line starts keep it open.
	terminal, err := os.CreateTemp(n.t.TempDir(), "terminal")
	if err != nil {
		n.t.Fatal(err)
	}
	defer terminal.Close()
	ctx, cancel := context.WithTimeout(n.t.Context(), mostTime)
	defer cancel()
	cmd := n.command(ctx, n.dir, line)
	cmd.Stdout, cmd.Stderr = terminal, terminal
	failed := cmd.Run()
	took := time.Since(began)
	out, err := os.ReadFile(terminal.Name())
	if failed != nil || err != nil {
		n.t.Fatalf("%s: %v, %v\n%s", line, failed, err, out)
	}
	return took, string(out)
}

// run types a line that does not end, and waits until the milter listens.
func (n *newcomer) run(line string, began time.Time) time.Duration {
	n.t.Helper()
	p := e2e.Start(n.t, n.command(n.t.Context(), n.dir, line))
	p.WaitOutput(n.t, "msg=listening", mostTime)
	return time.Since(began)
}
