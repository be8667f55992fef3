package mailbox

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// tree writes files, given by name and content, into a new directory and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func readPath(t *testing.T, path string, limit int64) []string {
	t.Helper()
	mb, err := Open(path, limit)
	if err != nil {
		t.Fatal(err)
	}
	defer mb.Close()
	got, err := readAllOf(mb)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestFiles counts the mails of files as programs leave them.
func TestFiles(t *testing.T) {
	for name, want := range map[string]int{
		"body_from_dated.mbox": 2, // a sentence that begins with "From " and holds a date
		"bom.mbox":             2, // saved by an editor
		"tb_mixed_crlf.mbox":   3, // Thunderbird's, one of its From_ lines without a date
	} {
		t.Run(name, func(t *testing.T) {
			if got := readPath(t, filepath.Join("testdata", name), 0); len(got) != want {
				t.Errorf("%s: %d mails, not %d: %q", name, len(got), want, got)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	root := tree(t, map[string]string{
		"maildir/cur/b:2,S":        "B: 1\n\n",
		"maildir/cur/a:2,":         "A: 1\n\n",
		"maildir/cur/.hidden":      "H: 1\n\n",
		"maildir/new/0":            "N: 1\n\n",
		"maildir/tmp/half":         "T: 1\n",
		"maildir/.Sent/cur/c":      "C: 1\n\n",
		"maildir/dovecot.index":    "junk",
		"mh/10":                    "T: 10\n\n",
		"mh/9":                     "T: 9\n\n",
		"mh/,8":                    "T: 8\n\n",
		"mh/.mh_sequences":         "cur: 9\n",
		"mh/sub/1":                 "T: 1\n\n",
		"plain/x.eml":              "X: 1\n\n" + dated + "Y: 1\n\n",
		"plain/w.txt":              dated + "W: 1\n\n\n" + dated + "V: 1\n",
		"plain/y":                  "\xef\xbb\xbf" + dated + "Y: 1\n\n",
		"plain/z.gz":               string(zip("Z: 1\n\n")),
		"plain/empty":              "",
		"nothing/cur/.keep":        "",
		"nothing/new/.keep":        "",
		"parents/easy/1":           "T: 1\n\n",
		"box":                      dated + "A: 1\n\n\n" + dated + "B: 1\n\n\n",
		"box.gz":                   string(zip(dated + "A: 1\n\n\n" + dated + "B: 1\n\n\n")),
		"message":                  "A: 1\n\nFrom x\n",
		"large/1":                  "A: 1\n\n" + strings.Repeat("x", 1000),
		"large/2":                  "A: 2\n\n",
		"large/3.gz":               string(zip("A: 1\n\n" + strings.Repeat("x", 1000))),
		"vanished/1":               "A: 1\n\n",
		"vanished/2":               "A: 2\n\n",
		"vanished/with space/file": "",
	})
	if err := syscall.Mkfifo(filepath.Join(root, "mh/11"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(root, "mh/12")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"maildir": {"maildir/cur/a:2,=A: 1\n\n", "maildir/cur/b:2,S=B: 1\n\n", "maildir/new/0=N: 1\n\n"},
		"mh":      {"mh/9=T: 9\n\n", "mh/10=T: 10\n\n", "mh/,8=T: 8\n\n"},
		"plain": {"plain/w.txt=W: 1\n\n\n" + dated + "V: 1\n", "plain/x.eml=X: 1\n\n" + dated + "Y: 1\n\n",
			"plain/y=Y: 1\n\n", "plain/z.gz=Z: 1\n\n"},
		"nothing": nil,
		"box":     {"box:1=A: 1\n\n", "box:2=B: 1\n\n"},
		"box.gz":  {"box.gz:1=A: 1\n\n", "box.gz:2=B: 1\n\n"},
		"message": {"message=A: 1\n\nFrom x\n"},
		"large": {"large/1: message of 1006 bytes is too large", "large/2=A: 2\n\n",
			"large/3.gz: message of 1006 bytes is too large"},
	} {
		t.Run(path, func(t *testing.T) {
			limit := int64(0)
			if path == "large" {
				limit = 1005
			}
			got := readPath(t, filepath.Join(root, path), limit)
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], root+"/")
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s:\ngot  %q\nwant %q", path, got, want)
			}
		})
	}
	for _, path := range []string{"none", "parents"} {
		path = filepath.Join(root, path)
		if _, err := Open(path, 0); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestVanished: a mail that is moved away while a Maildir is read is no error.
func TestVanished(t *testing.T) {
	root := tree(t, map[string]string{"cur/1": "A: 1\n\n", "cur/2": "A: 2\n\n", "cur/3": "A: 3\n\n", "new/.keep": ""})
	mb, err := Open(root, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer mb.Close()
	if err := os.Rename(filepath.Join(root, "cur/2"), filepath.Join(root, "cur/2:2,S")); err != nil {
		t.Fatal(err)
	}
	got, err := readAllOf(mb)
	if err != nil || len(got) != 2 {
		t.Errorf("%q, %v", got, err)
	}
}

// TestUnreadable: one unreadable file in a directory is an error that names it, and the others are read.
func TestUnreadable(t *testing.T) {
	root := tree(t, map[string]string{"1": "A: 1\n\n", "2": string(zip("A: 2\n\n")[:12]), "3": "A: 3\n\n"})
	mb, err := Open(root, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer mb.Close()
	if m, err := mb.Next(); err != nil || m.Name != root+"/1" {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := mb.Next(); err == nil || !strings.HasPrefix(err.Error(), root+"/2: ") {
		t.Errorf("%v", err)
	}
	if m, err := mb.Next(); err != nil || m.Name != root+"/3" {
		t.Errorf("%v, %v", m, err)
	}
}

// TestStdin reads standard input as a real program does.
func TestStdin(t *testing.T) {
	if os.Getenv("MAILBOX_TEST_STDIN") != "" {
		mb, err := Open("-", 0)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readAllOf(mb)
		io.WriteString(os.Stdout, strings.Join(got, "|"))
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	for in, want := range map[string]string{
		dated + "A: 1\n\n\n" + dated + "B: 2\n\n\n": "-:1=A: 1\n\n|-:2=B: 2\n\n",
		"A: 1\n\n":              "-=A: 1\n\n",
		string(zip("A: 1\n\n")): "-=A: 1\n\n",
		"":                      "",
	} {
		c := exec.Command(os.Args[0], "-test.run=^TestStdin$")
		c.Env = append(os.Environ(), "MAILBOX_TEST_STDIN=1")
		c.Stdin = strings.NewReader(in)
		out, err := c.Output()
		if got, _, _ := strings.Cut(string(out), "PASS"); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, out, err, want)
		}
	}
}
