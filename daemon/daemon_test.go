package daemon_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"asterism/daemon"
)

func TestCgroupMemory(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64 // 0 is no limit
	}{
		{"nothing", nil, 0},
		{"no limit", map[string]string{
			"proc/self/cgroup": "0::/system.slice/spamd.service\n",
			"sys/fs/cgroup/system.slice/spamd.service/memory.max": "max\n",
		}, 0},
		{"own limit", map[string]string{
			"proc/self/cgroup": "0::/system.slice/spamd.service\n",
			"sys/fs/cgroup/system.slice/spamd.service/memory.max":  "134217728\n",
			"sys/fs/cgroup/system.slice/spamd.service/memory.high": "max\n",
			"sys/fs/cgroup/system.slice/memory.max":                "1073741824\n",
		}, 128 << 20},
		{"the slice's limit is less", map[string]string{
			"proc/self/cgroup": "0::/system.slice/spamd.service\n",
			"sys/fs/cgroup/system.slice/spamd.service/memory.max": "134217728\n",
			"sys/fs/cgroup/system.slice/memory.high":              "67108864\n",
		}, 64 << 20},
		{"container", map[string]string{
			"proc/self/cgroup":         "0::/../../elsewhere\n",
			"sys/fs/cgroup/memory.max": "268435456\n",
		}, 256 << 20},
		{"version 1", map[string]string{
			"proc/self/cgroup": "12:cpu,cpuacct:/x\n5:memory:/mail\n1:name=systemd:/\n",
			"sys/fs/cgroup/memory/mail/memory.limit_in_bytes": "134217728\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes":      "9223372036854771712\n",
		}, 128 << 20},
		{"version 1 without a limit", map[string]string{
			"proc/self/cgroup":                           "5:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
		}, 0},
		{"garbage", map[string]string{"proc/self/cgroup": "0:\n::::\n\n0::/x", "sys/fs/cgroup/x/memory.max": "lots"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range c.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			if got, ok := daemon.CgroupMemory(root); ok != (c.want != 0) || ok && got != c.want {
				t.Errorf("%s: %d, %v; want %d", c.name, got, ok, c.want)
			}
		})
	}
}

func TestLogFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spamd.log")
	l, err := daemon.OpenLogFile(path, daemon.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(l, "one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(l, "two")
	if err := l.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(l, "three")
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if err := l.Reopen(); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a log that cannot be opened: %v", err)
	}
	if _, err := fmt.Fprintln(l, "four"); err != nil {
		t.Errorf("the old log is closed although there is no new one: %v", err)
	}
	l.Close()
}

func TestLogFileContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "spamd.log")
	for range 2 { // the second run appends
		l, err := daemon.OpenLogFile(path, daemon.Identity{})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(l, "line")
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if text, _ := os.ReadFile(path); string(text) != "line\nline\n" {
		t.Errorf("%q", text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("everybody may read the log: %v, %v", info.Mode(), err)
	}
}

func TestPidFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "spamd.pid")
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(precious, path); err != nil {
		t.Fatal(err)
	}
	p, err := daemon.CreatePidFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || len(text) > 0 {
		t.Errorf("before it serves: %q, %v", text, err)
	}
	if err := p.Fill(); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(path); string(text) != fmt.Sprintf("%d\n", os.Getpid()) {
		t.Errorf("pid file: %q", text)
	}
	p.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("it is still there: %v", err)
	}
	if text, _ := os.ReadFile(precious); string(text) != "data" {
		t.Error("the link was followed")
	}
	none, err := daemon.CreatePidFile("")
	if err != nil || none.Fill() != nil {
		t.Error("no pid file is an error")
	}
	none.Close()
	if _, err := daemon.CreatePidFile(dir + "/missing/spamd.pid"); err == nil {
		t.Error("no error for a directory that there is not")
	}
}

func TestLookupIdentity(t *testing.T) {
	for _, c := range []struct {
		user, group string
		ok          bool
	}{{"", "", true}, {"nobody", "", true}, {"65534", "", true}, {"nobody", "daemon", true}, {"no such user", "", false},
		{"nobody", "no such group", false}, {"", "daemon", false}} {
		id, err := daemon.LookupIdentity(c.user, c.group)
		if (err == nil) != c.ok {
			t.Errorf("%q, %q: %v", c.user, c.group, err)
		}
		if err == nil && id.Found() != (c.user != "") {
			t.Errorf("%q: found %v", c.user, id.Found())
		}
	}
	if err := (daemon.Identity{}).Become(); err != nil {
		t.Errorf("becoming nobody in particular: %v", err)
	}
}

func TestReleaseProgram(t *testing.T) {
	resident := func() (kb int) {
		status, err := os.ReadFile("/proc/self/status")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(status), "RssFile:")
		if _, err := fmt.Sscan(rest, &kb); err != nil {
			t.Fatal(err)
		}
		return kb
	}
	before := resident()
	if err := daemon.ReleaseProgram(); err != nil {
		t.Fatal(err)
	}
	if after := resident(); after >= before {
		t.Errorf("%d kB of files in memory, before it were %d", after, before)
	}
}

// TestPidFileSparesOthers: what is no pid file is not deleted.
func TestPidFileSparesOthers(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"empty": "", "pid": "4711\n", "padded": "  4711\n", "text": "important\n",
		"long":  strings.Repeat("1", 100),
		"store": "\x00\x01"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, name)
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := daemon.CreatePidFile(file)
			if stale := name == "empty" || name == "pid" || name == "padded"; stale != (err == nil) {
				t.Errorf("%s: %v", name, err)
			}
			if err != nil {
				if left, _ := os.ReadFile(file); string(left) != content || !strings.Contains(err.Error(), file) {
					t.Errorf("%s: %v; the file is now %q", name, err, left)
				}
				return
			}
			p.Close()
		})
	}
	if _, err := daemon.CreatePidFile(dir); err == nil {
		t.Error("a directory is taken for a pid file")
	}
}

// TestLogFileOfAnother: a link, or another name of a file of root's, in the log's directory is not followed, and its
// target not given away.
func TestLogFileOfAnother(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Fatal("this test gives files away: run it as root")
	}
	id, err := daemon.LookupIdentity("nobody", "")
	if err != nil {
		t.Fatal(err)
	}
	user := id.UID
	dir, secrets := t.TempDir(), t.TempDir()
	secret := filepath.Join(secrets, "secret")
	if err := errors.Join(os.Chown(dir, user, user), os.WriteFile(secret, nil, 0o600),
		os.Symlink(secret, filepath.Join(dir, "link")),
		os.Lchown(filepath.Join(dir, "link"), user, user), os.Link(secret, filepath.Join(dir, "hard")),
		os.Symlink(secrets, filepath.Join(dir, "sub")),
		os.Lchown(filepath.Join(dir, "sub"), user, user)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "hard", "sub/secret", "sub/new"} {
		if l, err := daemon.OpenLogFile(filepath.Join(dir, name), id); err == nil {
			l.Close()
			t.Errorf("%s: the log is opened", name)
		}
	}
	if info, err := os.Stat(secret); err != nil || info.Sys().(*syscall.Stat_t).Uid != 0 || info.Size() != 0 {
		t.Errorf("the secret: %+v, %v", info, err)
	}
	l, err := daemon.OpenLogFile(filepath.Join(dir, "log"), id)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(filepath.Join(dir, "log")); err != nil || info.Sys().(*syscall.Stat_t).Uid != uint32(user) {
		t.Errorf("the log: %+v, %v", info, err)
	}
	for _, name := range []string{"sub/pid", "sub/secret"} {
		if p, err := daemon.CreatePidFile(filepath.Join(dir, name)); err == nil {
			p.Close()
			t.Errorf("%s: the pid file is made behind a link", name)
		}
	}
	if err := id.MakeDir(filepath.Join(dir, "sub/made"), 0o700); err == nil {
		t.Error("a directory is made behind a link")
	}
	if entries, _ := os.ReadDir(secrets); len(entries) != 1 {
		t.Errorf("root's directory has %v", entries)
	}
}
