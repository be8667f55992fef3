// Package update_test serves archives of rules on loopback: spamd update installs signed ones, refuses all others, and
// a running
// daemon takes the new rules over.
package update_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/blake2b"

	"asterism/test/e2e"
)

// signer has a key of minisign's form.
type signer struct {
	private ed25519.PrivateKey
	public  string
}

func newSigner(t *testing.T) signer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{private, base64.StdEncoding.EncodeToString(append([]byte("Ed12345678"), public...))}
}

// sign returns the signature file of an archive.
func (s signer) sign(archive []byte) []byte {
	sum := blake2b.Sum512(archive)
	file := ed25519.Sign(s.private, sum[:])
	const comment = "rules for a test"
	all := ed25519.Sign(s.private, append(bytes.Clone(file), comment...))
	return []byte("untrusted comment: signature\n" + base64.StdEncoding.EncodeToString(append([]byte("ED12345678"),
		file...)) +
		"\ntrusted comment: " + comment + "\n" + base64.StdEncoding.EncodeToString(all) + "\n")
}

// pack returns an archive of files, given as name and content in turn.
func pack(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	zip := gzip.NewWriter(&out)
	archive := tar.NewWriter(zip)
	for i := 0; i < len(files); i += 2 {
		if err := archive.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1])),
			Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// ruleNamed is rules with one test of a name.
func ruleNamed(name string) string { return "body " + name + " /hello/\nscore " + name + " 2\n" }

const mail = "From: a@example.com\nTo: b@example.org\nSubject: x\n\nhello\n"

// site is a directory of updates, the server of archives, and the command.
type site struct {
	dir, url, key string
	served        map[string][]byte
}

func newSite(t *testing.T, key string) *site {
	s := &site{dir: filepath.Join(t.TempDir(), "rules"), key: key, served: map[string][]byte{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := s.served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL + "/rules.tar.gz"
	return s
}

func (s *site) serve(archive, signature []byte) {
	s.served["/rules.tar.gz"], s.served["/rules.tar.gz.minisig"] = archive, signature
}

// run runs spamd and returns what it printed, and whether it succeeded.
func (s *site) run(t *testing.T, stdin string, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.Command(e2e.Binary(t, "spamd"), append(args, "--updates", s.dir, "--bayes-path", filepath.Join(s.dir, "..",
		"bayes"))...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func (s *site) update(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	return s.run(t, "", append([]string{"update", s.url, "--key", s.key}, args...)...)
}

// hits returns what the rules in use say of a mail.
func (s *site) hits(t *testing.T) string {
	t.Helper()
	out, ok := s.run(t, mail, "check", "-L")
	if !ok {
		t.Fatalf("spamd check: %s", out)
	}
	return out
}

// TestUpdate: a signed archive of newer rules is put into use; whatever is wrong with another, these rules stay.
func TestUpdate(t *testing.T) {
	author, other := newSigner(t), newSigner(t)
	s := newSite(t, author.public)
	first := pack(t, "VERSION", "5\n", "10.cf", ruleNamed("RULE_FIVE"))
	s.serve(first, author.sign(first))
	if out, ok := s.update(t); !ok || !strings.Contains(out, "rules 5 are in use") || !strings.Contains(s.hits(t),
		"RULE_FIVE") {
		t.Fatalf("first update: %s; then %s", out, s.hits(t))
	}
	if out, ok := s.update(t); !ok || !strings.Contains(out, "rules 5 are in use already") {
		t.Errorf("the same again: %s", out)
	}
	newer := pack(t, "VERSION", "6\n", "10.cf", ruleNamed("RULE_SIX"))
	older := pack(t, "VERSION", "4\n", "10.cf", ruleNamed("RULE_FOUR"))
	broken := pack(t, "VERSION", "7\n", "10.cf", "body RULE_SEVEN /(/\n")
	empty := pack(t, "VERSION", "7\n", "10.cf", "# nothing\n")
	unversioned := pack(t, "10.cf", ruleNamed("RULE_SEVEN"))
	outside := pack(t, "VERSION", "7\n", "../10.cf", ruleNamed("RULE_SEVEN"))
	half := newer[:len(newer)/2]
	for name, c := range map[string]struct {
		archive, signature []byte
		says               string
	}{
		"another key":         {newer, other.sign(newer), "not of this file"},
		"another file":        {newer, author.sign(first), "not of this file"},
		"no signature":        {newer, []byte("hello\n"), "not a signature file"},
		"half a file":         {half, author.sign(newer), "not of this file"},
		"half a file, signed": {half, author.sign(half), "damaged archive"},
		"an older version":    {older, author.sign(older), "older than the one in use"},
		"broken rules":        {broken, author.sign(broken), "broken rules"},
		"no rules":            {empty, author.sign(empty), "no rules"},
		"no version":          {unversioned, author.sign(unversioned), "VERSION"},
		"files elsewhere":     {outside, author.sign(outside), "not a regular file"},
		"not on the server":   {nil, nil, "404"},
	} {
		s.serve(c.archive, c.signature)
		if c.archive == nil {
			clear(s.served)
		}
		out, ok := s.update(t)
		if ok || !strings.Contains(out, c.says) {
			t.Errorf("%s: %q, want %q", name, out, c.says)
		}
		if hits := s.hits(t); !strings.Contains(hits, "RULE_FIVE") {
			t.Errorf("%s: the old rules are gone: %s", name, hits)
		}
	}
	if entries, err := filepath.Glob(filepath.Join(s.dir, "new-*")); err != nil || len(entries) > 0 {
		t.Errorf("left over: %q %v", entries, err)
	}
	s.serve(newer, author.sign(newer))
	if out, ok := s.update(t); !ok || !strings.Contains(s.hits(t), "RULE_SIX") {
		t.Errorf("second update: %s", out)
	}
	if out, ok := s.update(t, "--back"); !ok || !strings.Contains(out, "rules 5 are in use") ||
		!strings.Contains(s.hits(t), "RULE_FIVE") {
		t.Errorf("back: %s; then %s", out, s.hits(t))
	}
}

// TestConfigured: update_from and update_key stand for the argument and --key.
func TestConfigured(t *testing.T) {
	author := newSigner(t)
	s := newSite(t, author.public)
	archive := pack(t, "VERSION", "5\n", "10.cf", ruleNamed("RULE_FIVE"))
	s.serve(archive, author.sign(archive))
	file := e2e.Write(t, t.TempDir(), "site.cf", "update_from "+s.url+"\nupdate_key "+author.public+"\n", 0o644)
	if out, ok := s.run(t, "", "update", "-c", file); !ok || !strings.Contains(out, "rules 5 are in use") {
		t.Error(out)
	}
}

// TestMinisign: what the real program has signed is accepted.
func TestMinisign(t *testing.T) {
	minisign := e2e.Tool(t, "minisign", "minisign")
	dir := t.TempDir()
	archive := filepath.Join(dir, "rules.tar.gz")
	if err := os.WriteFile(archive, pack(t, "VERSION", "5\n", "10.cf", ruleNamed("RULE_FIVE")), 0o600); err != nil {
		t.Fatal(err)
	}
	e2e.Run(t, minisign, "-G", "-W", "-p", filepath.Join(dir, "key.pub"), "-s", filepath.Join(dir, "key"))
	e2e.Run(t, minisign, "-S", "-s", filepath.Join(dir, "key"), "-m", archive)
	public, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, strings.Split(strings.TrimSpace(string(public)), "\n")[1])
	if out, ok := s.run(t, "", "update", archive, "--key", s.key); !ok {
		t.Error(out)
	}
}

// TestReload: a daemon whose process file is named takes the new rules over.
func TestReload(t *testing.T) {
	spamc := e2e.Tool(t, "spamc", "spamc")
	author := newSigner(t)
	s := newSite(t, author.public)
	pidFile, control := filepath.Join(t.TempDir(), "pid"), filepath.Join(e2e.Dir(t), "control.sock")
	port := strconv.Itoa(e2e.FreePort(t))
	daemon := e2e.Start(t, exec.Command(e2e.Binary(t, "spamd"), "-L", "--milter", "none", "--listen",
		"inet:"+port+"@127.0.0.1", "--pid-file", pidFile,
		"--updates", s.dir, "--bayes-path", filepath.Join(t.TempDir(), "bayes"), "--control", "unix:"+control))
	e2e.WaitListening(t, "tcp", "127.0.0.1:"+port, daemon)
	first := pack(t, "VERSION", "5\n", "10.cf", ruleNamed("RULE_FIVE"))
	s.serve(first, author.sign(first))
	e2e.WaitFor(t, "the process file", time.Minute, func() bool { _, err := os.Stat(pidFile); return err == nil })
	if out, ok := s.update(t, "--pid-file", pidFile); !ok {
		t.Fatal(out)
	}
	e2e.WaitFor(t, "the new rules", time.Minute, func() bool {
		cmd := exec.Command(spamc, "-d", "127.0.0.1", "-p", port, "-y")
		cmd.Stdin = strings.NewReader(mail)
		out, _ := cmd.Output()
		return strings.Contains(string(out), "RULE_FIVE")
	})
}
