package guides_test

import (
	"strings"
	"testing"

	"asterism/test/e2e"
)

// TestRedis: the server as the page sets it up, and the store there and back.
func TestRedis(t *testing.T) {
	e2e.Tool(t, "redis-server", "redis-server")
	p := e2e.ReadGuide(t, "redis.md")
	m := newMachine(t)
	m.write("/root/ham.mbox", ham, 0o644)
	m.write("/root/spam.mbox", spam, 0o644)
	m.run("echo 127.0.0.1 redis.example.org >>/etc/hosts; service redis-server start\n" +
		"cat >>/etc/asterism/spamd.cf <<'END'\n" + local + "END\nsystemctl start asterism; spam-learn --ham ham.mbox; " +
		"spam-learn --spam spam.mbox")
	m.follow(p, "Setting the server up")
	learned := func(where string) {
		t.Helper()
		if out := m.run("spam-learn --dump magic"); strings.Count(out, " 1 ") < 2 || !strings.Contains(out, "nham") {
			t.Errorf("%s: %s", where, out)
		}
		if out := m.run("spamd check -L ham.mbox 2>&1"); !strings.Contains(out, where) {
			t.Errorf("spamd check does not use %s: %s", where, out)
		}
	}
	learned("/var/lib/spamd/bayes.bolt")
	m.follow(p, "Moving to Redis")
	m.run("systemctl restart redis-server") // nothing is lost, neither data nor the user
	learned("redis.example.org")
	if out := m.run("ls -l /etc/asterism/spamd.cf; systemctl restart asterism; spam-learn --forget spam.mbox; " +
		"spam-learn --spam spam.mbox"); !strings.Contains(out, "-rw-r-----") ||
		!strings.Contains(out, "learned 1") {
		t.Errorf("on Redis: %s", out)
	}
	m.follow(p, "Moving back")
	learned("/var/lib/spamd/bayes.bolt")
}
