package rules_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/fstest"

	"asterism/classifier"
	"asterism/config"
	"asterism/contain/containtest"
	"asterism/milter"
	"asterism/milter/miltertest"
	"asterism/rules"
)

// A rule's function that panics costs the mails that it is asked about their verdict, as on_error says, and nothing
// else.
func TestPanicInARuleFunction(t *testing.T) {
	broken := true
	rules.AddEval(t, "check_panic", func() {
		if broken {
			var none []string
			_ = none[3]
		}
	})
	cfg, _ := config.Load(config.Sources{
		Defaults: fstest.MapFS{"t.cf": {Data: []byte("body PANICS eval:check_panic()\nheader HI Subject =~ /hi/\n")}}})
	set, problems := rules.Compile(cfg, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	c := classifier.New(classifier.Options{Required: 5, Rules: set})
	defer c.Close()
	stacks := containtest.Start(t)
	log := &containtest.Log{}
	server, addr := miltertest.Start(t, c, milter.Settings{}, slog.New(slog.NewTextHandler(log, nil)))
	const raw = "Subject: hi\nX-Spam-Score: -9\n\nbody\n"
	for range 3 {
		if got := miltertest.Send(t, addr, raw); got != "1 X-Spam-Score=\"\"\naccept" {
			t.Errorf("on_error accept: got %s", got)
		}
	}
	server.Configure(milter.Settings{OnError: milter.Tempfail, MaxSize: 1000})
	if got := miltertest.Send(t, addr, raw); got != "tempfail" {
		t.Errorf("on_error tempfail: got %s", got)
	}
	if n := stacks.Stacks(); n != 1 || !strings.Contains(stacks.String(), "contain_test.go") {
		t.Errorf("%d stacks in the log, want 1 that names the function:\n%s", n, stacks)
	}
	if n := strings.Count(log.String(), "panic at rules/contain_test.go:"); n != 4 {
		t.Errorf("%d lines about mails name the panic, want 4:\n%s", n, log)
	}
	broken = false
	if got := miltertest.Send(t, addr, raw); !strings.Contains(got, "HI") || !strings.HasSuffix(got, "accept") {
		t.Errorf("a mail afterwards: got %s", got)
	}
	if _, err := c.Learn(context.Background(), nil); err == nil {
		t.Error("a classifier without a learner learns")
	}
}
