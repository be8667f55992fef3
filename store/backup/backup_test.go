package backup_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"asterism/store"
	"asterism/store/backup"
	"asterism/store/bolt"
)

func open(t testing.TB, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// sample is a backup with every kind of record.
const sample = `asterism-backup 1
key 0123456789abcdef
total 12 4294967295 1790000000
meta cGxhdHQ= AAH/
meta ZW1wdHk= 
token 8000000000000001 2147483647 0 1700000000 -0.1
token 00000000000000ff 1 2 3 1e-40
mark 000102030405060708090a0b0c0d0e0f10111213 spam 17
sample ham 0 000102030405060708090a0b0c0d0e0f10111213 00000000000000ff,8000000000000001 -
sample spam 1999 ff0102030405060708090a0b0c0d0e0f10111213 - 00000000000000ff
end 9
`

func restore(s store.Store, text string) error {
	return s.Replace(func(sink store.Sink) error { return backup.Read(strings.NewReader(text), sink) })
}

func write(t testing.TB, s store.Store) string {
	t.Helper()
	var b bytes.Buffer
	if err := backup.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lines(s string) map[string]bool {
	m := map[string]bool{}
	for l := range strings.Lines(s) {
		m[l] = true
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes")
	s := open(t, path)
	if err := restore(s, sample); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		// In the same order except for the records of one kind.
		if got := write(t, s); len(got) != len(sample) || fmt.Sprint(lines(got)) != fmt.Sprint(lines(sample)) {
			t.Errorf("after restoring:\n%s\nwant:\n%s", got, sample)
		}
		s.Close()
		s = open(t, path)
	}
	if err := restore(s, write(t, open(t, filepath.Join(t.TempDir(), "empty")))); err != nil {
		t.Errorf("an empty store: %v", err)
	}
	if tot, err := s.Totals(); err != nil || tot != (store.Totals{}) {
		t.Errorf("totals: %+v, %v", tot, err)
	}
}

// TestRefused: a backup that is not whole and right in every line changes nothing, and the error names the line.
func TestRefused(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "bayes"))
	if err := restore(s, sample); err != nil {
		t.Fatal(err)
	}
	before := write(t, s)
	all := strings.SplitAfter(strings.TrimSuffix(sample, "\n"), "\n")
	for n := range all {
		cut := strings.Join(all[:n], "")
		if err := restore(s, cut); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("line %d: ", n+1)) {
			t.Errorf("cut before line %d: %v", n+1, err)
		}
	}
	for _, c := range []struct{ from, to, want string }{
		{"asterism-backup 1", "asterism-backup 2", "line 1: a backup of version"},
		{"asterism-backup 1", "v\t3\tdb_version # this must be the first line!!!", "line 1: not a backup"},
		{"end 9", "end 10", "line 11: the backup is incomplete"},
		{"end 9\n", "end 9\nmeta YQ== YQ==\n", "line 12: something follows"},
		{"key 0123456789abcdef", "key 12", "line 2: key record"},
		{"key 0123456789abcdef", "total 12 4294967295 1790000000", "line 3: a second total"},
		{"meta cGxhdHQ= AAH/", "key 0123456789abcdef", "line 4: a second key"},
		{"meta cGxhdHQ= AAH/", "meta cGxhdHQ AAH/", "line 4: meta record"},
		{"meta cGxhdHQ= AAH/", "meta ZW1wdHk= AAH/", "line 5: "},
		{"meta cGxhdHQ= AAH/", "meta  AAH/", "line 4: "},
		{"2147483647 0", "2147483648 0", "line 6: "},
		{"2147483647 0", "0 0", "line 6: "},
		{"2147483647 0", "-1 0", "line 6: token record"},
		{"-0.1", "NaN", "line 6: "},
		{"-0.1", "-0.1 5", "line 6: token record"},
		{"00000000000000ff 1 2", "8000000000000001 1 2", "line 7: "},
		{"00000000000000ff 1 2 3 1e-40", "00000000000000ff 1 2", "line 7: token record"},
		{" spam 17", " pork 17", "line 8: mark record"},
		{"mark 00", "mark ", "line 8: mark record"},
		{"00000000000000ff,8", "00000000000000ff,,8", "line 9: sample record"},
		{"spam 1999", "spam 4294967295", "line 10: "},
		{"end 9", "the end", "line 11: unknown record"},
	} {
		if strings.Count(sample, c.from) == 0 {
			t.Fatalf("%q is not in the sample", c.from)
		}
		if err := restore(s, strings.Replace(sample, c.from, c.to, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q instead of %q: %v, want %q", c.to, c.from, err, c.want)
		}
	}
	if after := write(t, s); after != before && fmt.Sprint(lines(after)) != fmt.Sprint(lines(before)) {
		t.Errorf("the store was changed:\n%s", after)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(sample)
	f.Add("asterism-backup 1\nkey 0123456789abcdef\ntotal 0 0 0\nend 2\n")
	f.Add("asterism-backup 1\nend 0\n")
	s := open(f, filepath.Join(f.TempDir(), "bayes"))
	f.Fuzz(func(t *testing.T, text string) {
		if restore(s, text) == nil { // what was taken comes out again
			first := write(t, s)
			if err := restore(s, first); err != nil {
				t.Fatal(err)
			}
			if again := write(t, s); fmt.Sprint(lines(first)) != fmt.Sprint(lines(again)) {
				t.Errorf("first:\n%s\nagain:\n%s", first, again)
			}
		}
	})
}
