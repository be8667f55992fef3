// Package deb_test looks into the Debian package and, with -root, installs it in a Debian of its own.
package deb_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"asterism/config"
	"asterism/test/e2e"
)

// build builds the package of a version from the test's programs.
func build(t *testing.T, version string) string {
	t.Helper()
	e2e.Binary(t, "spam-learn")
	return buildFrom(t, filepath.Dir(e2e.Binary(t, "spamd")), version)
}

// buildFrom builds the package of a version from the programs in a directory.
func buildFrom(t *testing.T, bin, version string) string {
	t.Helper()
	e2e.Tool(t, "bash", "bash")
	e2e.Tool(t, "dpkg-deb", "dpkg")
	cmd := exec.Command(filepath.Join(e2e.Root(t), "contrib", "deb", "build"), bin, version, e2e.Dir(t))
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1700000000", "DEB_COMPRESSION=-Zgzip -z1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, stderr.Bytes())
	}
	return strings.TrimSpace(string(out))
}

func TestPackage(t *testing.T) {
	deb := build(t, "v1.2.3-4-gabcdef0")
	if again := build(t, "v1.2.3-4-gabcdef0"); e2e.Run(t, "sha256sum", "--zero", deb)[:64] != e2e.Run(t, "sha256sum",
		"--zero", again)[:64] {
		t.Error("a second build differs from the first")
	}
	for file, want := range map[string]string{deb: "1.2.3+4+gabcdef0", build(t, "cfca8b0"): "0~git20231114.cfca8b0",
		build(t, "728eab1"): "0~git20231114.728eab1"} {
		if got := strings.TrimSpace(e2e.Run(t, "dpkg-deb", "-f", file, "Version")); got != want {
			t.Errorf("version of %s: %s, want %s", file, got, want)
		}
	}
	list := e2e.Run(t, "dpkg-deb", "-c", deb)
	for _, file := range []string{
		"-rwxr-xr-x root/root ./usr/sbin/spamd", "-rwxr-xr-x root/root ./usr/bin/spam-learn",
		"-rw-r--r-- root/root ./lib/systemd/system/asterism.service", "-rwxr-xr-x root/root ./etc/init.d/asterism",
		"-rw-r--r-- root/root ./etc/asterism/spamd.cf", "-rw-r--r-- root/root ./etc/default/asterism",
		"./usr/share/man/man8/spamd.8.gz", "./usr/share/man/man1/spam-learn.1.gz", "./usr/share/man/man5/asterism.cf.5.gz",
		"./usr/share/man/man7/asterism.7.gz",
		"-rw-r--r-- root/root ./usr/share/bash-completion/completions/spamd",
		"-rw-r--r-- root/root ./usr/share/bash-completion/completions/spam-learn",
		"./usr/share/doc/asterism/copyright", "./usr/share/doc/asterism/changelog.gz",
		"./usr/share/doc/asterism/examples/asterism-learn.socket",
		"./usr/share/doc/asterism/examples/dovecot/learn-spam.sieve",
	} {
		mode, name, ok := strings.Cut(file, " ")
		found := false
		for line := range strings.Lines(list) {
			fields := strings.Fields(line)
			if ok && fields[0] == mode && strings.HasSuffix(name, fields[len(fields)-1]) ||
				!ok && fields[len(fields)-1] == file {
				found = true
			}
		}
		if !found {
			t.Errorf("the package lacks %s:\n%s", file, list)
		}
	}
	// Every file under /etc is the administrator's.
	conffiles := e2e.Run(t, "dpkg-deb", "-I", deb, "conffiles")
	for line := range strings.Lines(list) {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[len(fields)-1], ".")
		if strings.HasPrefix(name, "/etc/") && !strings.HasSuffix(name, "/") && !strings.Contains(conffiles, name+"\n") {
			t.Errorf("%s is no conffile", name)
		}
	}
}

// TestLintian has Debian's own checker look for mistakes in the package of programs built as make does.
func TestLintian(t *testing.T) {
	lintian := e2e.Tool(t, "lintian", "lintian")
	bin := e2e.Dir(t)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin+"/", "./cmd/spamd", "./cmd/spam-learn")
	cmd.Dir, cmd.Env = e2e.Root(t), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e2e.Run(t, lintian, "--allow-root", "--fail-on", "error,warning", buildFrom(t, bin, "1.0"))
}

// TestLicences: what is linked into the programs comes with its licence.
func TestLicences(t *testing.T) {
	deb := build(t, "1.0")
	out := e2e.Run(t, "sh", "-c", "dpkg-deb --fsys-tarfile "+deb+" | tar -xO ./usr/share/doc/asterism/copyright")
	modules := e2e.Run(t, "sh", "-c", "go version -m "+e2e.Binary(t, "spamd")+" | awk '$1 == \"dep\" { print $2 }'")
	for _, module := range strings.Fields(modules) {
		if !strings.Contains(out, "\n"+module+" ") {
			t.Errorf("no licence of %s", module)
		}
	}
}

// TestManuals has mandoc look for mistakes in the manual pages.
func TestManuals(t *testing.T) {
	mandoc := e2e.Tool(t, "mandoc", "mandoc")
	pages, err := filepath.Glob(filepath.Join(e2e.Root(t), "docs", "*.[1-8]"))
	if err != nil || len(pages) != 4 {
		t.Fatal(pages, err)
	}
	e2e.Run(t, mandoc, append([]string{"-T", "lint", "-W", "warning,stop"}, pages...)...)
}

// TestConfiguration: the configuration that is shipped has no mistake, with each of its suggestions as well.
func TestConfiguration(t *testing.T) {
	shipped, err := os.ReadFile(filepath.Join(e2e.Root(t), "contrib", "deb", "spamd.cf"))
	if err != nil {
		t.Fatal(err)
	}
	var options []string
	for line := range strings.Lines(string(shipped)) {
		if rest, ok := strings.CutPrefix(line, "# "); ok && strings.Contains(strings.Fields(rest)[0], "_") {
			options = append(options, rest)
		}
	}
	if len(options) < 3 {
		t.Fatalf("suggestions: %q", options)
	}
	cf := e2e.Write(t, e2e.Dir(t), "spamd.cf", string(shipped)+strings.Join(options, ""), 0o644)
	if out := e2e.Run(t, e2e.Binary(t, "spamd"), "--lint", "-c", cf); strings.Contains(out, "spamd.cf:") {
		t.Error(out)
	}
}

// TestUnit has systemd judge its unit.
func TestUnit(t *testing.T) {
	analyze := e2e.Tool(t, "systemd-analyze", "systemd")
	unit := filepath.Join(e2e.Root(t), "contrib", "asterism.service")
	e2e.Run(t, analyze, "security", "--offline=true", "--threshold=25", unit) // an exposure below 2.5 of 10
	// A copy whose program is there, to be read for mistakes.
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	copied := strings.ReplaceAll(string(text), "/usr/sbin/spamd", e2e.Binary(t, "spamd"))
	copied = strings.ReplaceAll(copied, "Documentation=", "X-Documentation=")
	out := e2e.Run(t, analyze, "verify", "--man=no", e2e.Write(t, e2e.Dir(t), "asterism.service", copied, 0o644))
	if strings.Contains(out, "asterism.service") {
		t.Error(out)
	}
}

func TestScripts(t *testing.T) {
	root, dash := e2e.Root(t), e2e.Tool(t, "dash", "dash")
	for _, name := range []string{"asterism.init", "deb/postinst", "deb/prerm", "deb/postrm"} {
		e2e.Run(t, dash, "-n", filepath.Join(root, "contrib", name))
	}
}

// TestOneConfiguration: what the daemon of the package works on is said in the file that every program reads, and
// nowhere else.
func TestOneConfiguration(t *testing.T) {
	contrib := filepath.Join(e2e.Root(t), "contrib")
	for _, name := range []string{"asterism.service", "asterism.init", "deb/default"} {
		text, err := os.ReadFile(filepath.Join(contrib, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, option := range []string{"--bayes-path", "--config", " -c ", "--max-size", "--siteconfigpath"} {
			if strings.Contains(string(text), option) {
				t.Errorf("%s has %q, which the other programs do not know of", name, option)
			}
		}
	}
	cfg, problems := config.Load(config.Sources{Files: []string{filepath.Join(contrib, "deb", "spamd.cf")}})
	if len(problems) > 0 || cfg.Bayes.Path != config.SystemStore {
		t.Errorf("deb/spamd.cf: bayes_path %s, want %s; %v", cfg.Bayes.Path, config.SystemStore, problems)
	}
}

// TestMakeInstall: make install puts everything below DESTDIR, and leaves an administrator's configuration alone.
func TestMakeInstall(t *testing.T) {
	root, dest, program := e2e.Root(t), e2e.Dir(t), e2e.Tool(t, "make", "make")
	install := func() { e2e.Run(t, program, "-s", "-C", root, "install", "DESTDIR="+dest, "PREFIX=/opt/asterism") }
	install()
	for _, name := range []string{"opt/asterism/sbin/spamd", "opt/asterism/bin/spam-learn",
		"opt/asterism/share/man/man8/spamd.8",
		"opt/asterism/share/man/man7/asterism.7", "opt/asterism/share/bash-completion/completions/spamd",
		"opt/asterism/lib/sysusers.d/asterism.conf",
		"etc/asterism/spamd.cf"} {
		if info, err := os.Stat(filepath.Join(dest, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	unit, err := os.ReadFile(filepath.Join(dest, "opt/asterism/lib/systemd/system/asterism.service"))
	if err != nil || !strings.Contains(string(unit), "ExecStart=/opt/asterism/sbin/spamd ") {
		t.Errorf("the unit: %v\n%s", err, unit)
	}
	cf := e2e.Write(t, dest, "etc/asterism/spamd.cf", "required_score 7\n", 0o644)
	install()
	if text, err := os.ReadFile(cf); err != nil || string(text) != "required_score 7\n" {
		t.Errorf("a second installation changes the configuration: %v\n%s", err, text)
	}
}
