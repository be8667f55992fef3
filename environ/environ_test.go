package environ

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name, variables, args string
		want, unknown, err    string
	}{
		{"none", "PATH=/bin,HOME=/", "", "[a] [n] false 100K", "", ""},
		{"each kind", "ASTERISM_MILTER=inet:1@0.0.0.0,ASTERISM_MAX_SIZE=1M,ASTERISM_LOCAL_TESTS_ONLY=1", "",
			"[inet:1@0.0.0.0] [n] true 1M", "", ""},
		{"lists", "ASTERISM_MILTER=unix:/a  unix:/b,ASTERISM_ALLOWED_IPS=10.0.0.0/8 ::1", "",
			"[unix:/a unix:/b] [10.0.0.0/8 ::1] false 100K", "", ""},
		{"the command line wins", "ASTERISM_MILTER=unix:/a,ASTERISM_MAX_SIZE=1M", "--milter=unix:/c",
			"[unix:/c] [n] false 1M", "", ""},
		{"empty", "ASTERISM_MAX_SIZE=,ASTERISM_LOCAL_TESTS_ONLY=", "", "[a] [n] false 100K", "", ""},
		{"unknown", "ASTERISM_MAXSIZE=1M,ASTERISM_=1,ASTERISM_max_size=1M", "", "[a] [n] false 100K",
			"ASTERISM_ ASTERISM_MAXSIZE ASTERISM_max_size", ""},
		{"not from the environment", "ASTERISM_CLEAR=1", "", "[a] [n] false 100K", "ASTERISM_CLEAR", ""},
		{"Kubernetes", "ASTERISM_SERVICE_HOST=10.1.2.3,ASTERISM_PORT=tcp://10.1.2.3:8891,ASTERISM_PORT_8891_TCP_PROTO=tcp",
			"", "[a] [n] false 100K", "", ""},
		{"bad", "ASTERISM_LOCAL_TESTS_ONLY=perhaps", "", "[a] [n] false 100K", "",
			"environment variable ASTERISM_LOCAL_TESTS_ONLY"},
	} {
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		milter := f.StringArray("milter", []string{"a"}, "")
		allowed := f.StringSlice("allowed-ips", []string{"n"}, "")
		local, size := f.Bool("local-tests-only", false, ""), f.String("max-size", "100K", "")
		f.Bool("clear", false, "")
		if err := f.Parse(strings.Fields(c.args)); err != nil {
			t.Fatal(err)
		}
		variables := strings.Split(c.variables, ",")
		unknown, err := Apply(f, []string{"milter", "allowed-ips", "local-tests-only", "max-size"}, variables)
		if (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
		if got := fmt.Sprintln(*milter, *allowed, *local, *size); strings.TrimSpace(got) != c.want ||
			!slices.Equal(unknown, strings.Fields(c.unknown)) {
			t.Errorf("%s: %s and unknown %q, want %s and %s", c.name, got, unknown, c.want, c.unknown)
		}
	}
}
