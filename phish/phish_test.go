package phish

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestFeeds(t *testing.T) {
	opt := Options{
		OpenPhish: write(t, "open", "# comment\nhttp://evil.example/login\nhttps://evil.example/?a=1\n"),
		PhishTank: write(t, "tank",
			"phish_id,url,more\n1,\"https://Tank.example/a,b\",x\n2,https://tank.example/path/page?id=7,x\n"),
		PhishStats: write(t, "stats", "# Title\n\"2026-11-29 01:00:00\",\"7.1\",\"http://stats.example/\",\"192.0.2.1\"\n"+
			"\"d\",\"2.0\",\"http://low.example/\",\"x\"\n"),
		MinScore: 6,
	}
	f, err := Open(opt)
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"http://evil.example/login":           "OpenPhish",
		"HTTP://EVIL.example/login/":          "OpenPhish",
		"http://evil.example/login#x":         "OpenPhish",
		"http://evil.example/Login":           "",
		"http://evil.example/":                "",
		"https://tank.example/a,b":            "PhishTank",
		"http://stats.example":                "PhishStats",
		"http://low.example/":                 "",
		"mailto:joe@evil.example":             "",
		"https://tank.example/path/page?id=8": "",
	} {
		t.Run(url, func(t *testing.T) {
			if got := f.Find(url); got != want {
				t.Errorf("%s: %q, want %q", url, got, want)
			}
		})
	}
	opt.NoParam = true
	if f, err = Open(opt); err != nil || f.Find("https://tank.example/path/page?id=8") != "PhishTank" ||
		f.Find("https://evil.example/?a=2") != "" {
		t.Errorf("without parameters: %v", err)
	}
}

// TestChange: a file that has changed is read anew, and one that has gone stays as it was.
func TestChange(t *testing.T) {
	file := write(t, "open", "http://one.example/a\n")
	f, err := Open(Options{OpenPhish: file})
	if err != nil {
		t.Fatal(err)
	}
	replace := func(text string) {
		if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
		f.next.Store(time.Now().UnixNano() - 1)
	}
	replace("http://two.example/b\n")
	if f.Find("http://two.example/b") == "" || f.Find("http://one.example/a") != "" {
		t.Error("the new file is not read")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	f.next.Store(0)
	if f.Find("http://two.example/b") == "" {
		t.Error("the feed is gone with its file")
	}
	if _, err := Open(Options{OpenPhish: file}); err == nil {
		t.Error("a missing file is no error")
	}
}
