package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	bbolt "go.etcd.io/bbolt"

	"asterism/classifier"
	"asterism/store"
)

var ctx = context.Background()

// openLog opens a history in a directory of its own.
func openLog(t testing.TB, opt Options) *Log {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "bayes.history"), opt)
}

func openAt(t testing.TB, path string, opt Options) *Log {
	t.Helper()
	if opt.Subject == "" {
		opt.Subject = "1"
	}
	opt.Teach = true
	l, err := Open(path, opt)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// sample makes the nth record.
func sample(n int) *Record {
	r := &Record{
		Time: time.Now(), Front: "milter", QueueID: fmt.Sprintf("4bQ%05d",
			n), MessageID: fmt.Sprintf("%d.mail@sender%d.example", n, n%7),
		Client: netip.AddrFrom4([4]byte{192, 0, 2, byte(n)}), ClientName: fmt.Sprintf("mx%d.sender.example",
			n%5), Helo: "mx",
		Sender: fmt.Sprintf("joe%d@Sender%d.example", n%11, n%7), From: fmt.Sprintf("Joe <joe%d@from.example>", n%11),
		Recipients: []string{fmt.Sprintf("user%d@our.example", n%13)}, Subject: fmt.Sprintf("Lunch on day%d, Ünïcode",
			n), Size: int64(1000 + n),
		Scanned: true, Score: float64(n%200-50) / 10, Required: 5, Action: "tag", Autolearn: "no",
		Took:       time.Duration(n) * time.Millisecond,
		Tests:      []Test{{"BAYES_99", 3.5, ""}, {fmt.Sprintf("TEST_%d", n%17), 1.25, "detail"}},
		Sum:        &classifier.Sum{Learner: 1.5, Trust: 0.5, Share: 0.825, Tests: 2, Fixed: 0.25},
		BayesReady: true, BayesOdds: 2.5, AuthResults: "spf=pass",
		Words: []classifier.Word{{Text: "word:lunch", Pull: -1.5}, {Text: "subject:day", Pull: 0.25}},
		Notes: []string{"late"}, Teachable: true,
		Lesson: &Lesson{Key: 7, Header: []store.Token{1, 2, 3, store.Token(n)}, Body: []store.Token{4, 5}},
	}
	r.Lesson.Digest[0], r.Lesson.Digest[1], r.Lesson.Digest[2] = 1, byte(n>>8), byte(n)
	if n%10 == 3 {
		r.Recipients = append(r.Recipients, "second@other.example")
	}
	return r
}

// TestKeys: a mail is found by each of its keys, and by a wrong one it is not, in the segment in hand, in closed ones
// and after opening the file anew.
func TestKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bayes.history")
	l := openAt(t, path, Options{})
	const n = 300
	for i := range n {
		l.Append(sample(i))
	}
	low, high := 9.9, 10.1
	spam := true
	tests := []struct {
		name string
		q    Query
		want func(i int) bool
	}{
		{"queue ID", Query{QueueID: "4BQ00123"}, func(i int) bool { return i == 123 }},
		{"Message-ID", Query{MessageID: "<123.Mail@sender4.example>"}, func(i int) bool { return i == 123 }},
		{"recipient", Query{Recipient: "User3@OUR.example"}, func(i int) bool { return i%13 == 3 }},
		{"second recipient", Query{Recipient: "second@other.example"}, func(i int) bool { return i%10 == 3 }},
		{"recipient's domain", Query{Recipient: "@other.example"}, func(i int) bool { return i%10 == 3 }},
		{"sender", Query{Sender: "joe3@sender2.example"}, func(i int) bool { return i%11 == 3 && i%7 == 2 }},
		{"sender of the header", Query{Sender: "joe3@from.example"}, func(i int) bool { return i%11 == 3 }},
		{"sender's domain", Query{Sender: "sender2.example"}, func(i int) bool { return i%7 == 2 }},
		{"client", Query{Client: "192.0.2.9"}, func(i int) bool { return i%256 == 9 }},
		{"client's name", Query{Client: "mx2.sender.example"}, func(i int) bool { return i%5 == 2 }},
		{"subject", Query{Subject: "LUNCH day77"}, func(i int) bool { return i == 77 }},
		{"subject, other letters", Query{Subject: "ünïcode day78"}, func(i int) bool { return i == 78 }},
		{"test", Query{Test: "test_16"}, func(i int) bool { return i%17 == 16 }},
		{"test and recipient", Query{Test: "TEST_16", Recipient: "second@other.example"},
			func(i int) bool { return i%17 == 16 && i%10 == 3 }},
		{"action", Query{Action: "reject"}, func(int) bool { return false }},
		{"front", Query{Front: "milter", Limit: 1000}, func(int) bool { return true }},
		{"score", Query{MinScore: &low, MaxScore: &high}, func(i int) bool { return i%200 == 149 || i%200 == 150 }},
		{"spam", Query{Spam: &spam, Limit: 1000}, func(i int) bool { return i%200 >= 100 }},
		{"domains", Query{Domains: []string{"other.example", "none.example"}}, func(i int) bool { return i%10 == 3 }},
		{"who else got it", Query{Domains: []string{"other.example"}, Recipient: "our.example"},
			func(int) bool { return false }},
		{"who else got it, text", Query{Domains: []string{"other.example"}, Text: "our.example"},
			func(int) bool { return false }},
		{"no domain", Query{Domains: []string{}}, func(int) bool { return false }},
		{"nothing later", Query{Since: time.Now().Add(time.Hour)}, func(int) bool { return false }},
		{"text: queue ID", Query{Text: "4bq00123"}, func(i int) bool { return i == 123 }},
		{"text: address and word", Query{Text: "user3@our.example day42"}, func(i int) bool { return i == 42 }},
		{"text: domain", Query{Text: "other.example"}, func(i int) bool { return i%10 == 3 }},
		{"text: test", Query{Text: "TEST_16 other.example"}, func(i int) bool { return i%17 == 16 && i%10 == 3 }},
		{"text: several parts of a word", Query{Text: "lunch/day9"}, func(i int) bool { return i == 9 }},
		{"text: nothing", Query{Text: "no-such-thing"}, func(int) bool { return false }},
	}
	check := func(when string) {
		for _, tt := range tests {
			if tt.q.Limit == 0 {
				tt.q.Limit = 100
			}
			found, more, err := l.Find(ctx, &tt.q)
			if err != nil || more {
				t.Errorf("%s, %s: more %v, %v", when, tt.name, more, err)
			}
			var got, want []string
			for _, r := range found {
				got = append(got, r.QueueID)
			}
			for i := n - 1; i >= 0; i-- {
				if tt.want(i) {
					want = append(want, sample(i).QueueID)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: found %v, want %v", when, tt.name, got, want)
			}
		}
	}
	check("in hand")
	closeSegments(t, l)
	check("closed")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, path, Options{})
	check("opened again")
	for i := n; i < n+5; i++ {
		l.Append(sample(i))
	}
	flush(t, l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openAt(t, path, Options{})
	defer l.Close()
	if found, _, err := l.Find(ctx, &Query{QueueID: "4bQ00302"}); err != nil || len(found) != 1 {
		t.Errorf("in hand again: %v, %v", found, err)
	}
}

// flush waits until all that was added is written.
func flush(t *testing.T, l *Log) {
	t.Helper()
	if err := l.flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// closeSegments has the segment in hand closed.
func closeSegments(t *testing.T, l *Log) {
	t.Helper()
	flush(t, l)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.file.update(func(tx *bbolt.Tx) error { return putIndex(tx, l.start, l.tail) }); err != nil {
		t.Fatal(err)
	}
	l.start, l.tail = 0, &tail{}
}

// TestWhole: what goes in comes out, page by page.
func TestWhole(t *testing.T) {
	l := openLog(t, Options{})
	defer l.Close()
	var want []*Record
	for i := range 120 {
		r := sample(i)
		l.Append(r)
		want = append(want, r)
	}
	slices.Reverse(want)
	q := Query{Limit: 50}
	var got []*Record
	for pages := 0; ; pages++ {
		found, more, err := l.Find(ctx, &q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, found...)
		if !more {
			if pages != 2 {
				t.Errorf("%d pages", pages)
			}
			break
		}
		q.Before = found[len(found)-1].ID
	}
	if len(got) != len(want) {
		t.Fatalf("%d records of %d", len(got), len(want))
	}
	for i := range want {
		full, err := l.Get(ctx, got[i].ID)
		if err != nil {
			t.Fatal(err)
		}
		w := *want[i]
		w.Time, w.Bayes = w.Time.Truncate(time.Millisecond), full.Bayes
		full.Time = full.Time.In(w.Time.Location())
		w.Time = w.Time.Round(0)
		if !reflect.DeepEqual(full, &w) {
			t.Fatalf("read\n%+v\nwant\n%+v", full, &w)
		}
	}
	if _, err := l.Get(ctx, 12345); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such record: %v", err)
	}
}

// TestTaught: what is taught of one record shows in all records of the mail, and they are found by it.
func TestTaught(t *testing.T) {
	l := openLog(t, Options{})
	defer l.Close()
	for range 2 {
		for i := range 20 {
			l.Append(sample(i))
		}
	}
	found, _, err := l.Find(ctx, &Query{QueueID: "4bQ00007"})
	if err != nil || len(found) != 2 {
		t.Fatalf("%v, %v", found, err)
	}
	if err := l.MarkTaught(ctx, found[0], Taught{Time: time.Now(), Class: store.Spam, By: "sue"}); err != nil {
		t.Fatal(err)
	}
	l.NoteTaught(sample(9).Lesson.Digest, store.Ham, "imap")
	ids := func(q Query) (names []string) {
		found, _, err := l.Find(ctx, &q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			names = append(names, r.QueueID+" "+r.Class().String()+" "+r.Taught[len(r.Taught)-1].By)
		}
		return names
	}
	if got := ids(Query{AnyTaught: true}); !slices.Equal(got,
		[]string{"4bQ00009 ham imap", "4bQ00007 spam sue", "4bQ00009 ham imap", "4bQ00007 spam sue"}) {
		t.Error(got)
	}
	if got := ids(Query{Taught: store.Spam}); len(got) != 2 {
		t.Error(got)
	}
	if err := l.MarkTaught(ctx, found[0], Taught{Time: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if got := ids(Query{Taught: store.Spam}); len(got) != 0 {
		t.Error(got)
	}
}

// TestSubject: subjects are kept, found by their words alone, or neither.
func TestSubject(t *testing.T) {
	for mode, want := range map[string]struct {
		shown string
		found int
	}{"1": {"Lunch on day4, Ünïcode", 1}, "hash": {"", 1}, "0": {"", 0}} {
		t.Run(mode, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "h")
			l := openAt(t, path, Options{Subject: mode})
			for i := range 9 {
				r := sample(i)
				r.Tests[0].Detail = fmt.Sprintf("joe%d(at)from.example", i)
				l.Append(r)
			}
			for _, q := range []Query{{Subject: "lunch DAY4"}, {Text: "day4"}, {Sender: "joe4@from.example"},
				{Text: "joe4@from.example"}, {Text: "from.example day4"}} {
				found, _, err := l.Find(ctx, &q)
				if err != nil || len(found) != want.found || want.found > 0 && found[0].Subject != want.shown {
					t.Errorf("%s: %+v finds %d, %v", mode, q, len(found), err)
				}
			}
			l.Close()
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if has := bytes.Contains(content, []byte("day4")) ||
				bytes.Contains(content, []byte("from.example")); has != (mode == "1") {
				t.Errorf("%s: the file has the subject or the From field: %v", mode, has)
			}
		})
	}
}

// TestForget: nothing of an address is left in the file, and mails to others stay.
func TestForget(t *testing.T) {
	for _, closed := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "h")
		l := openAt(t, path, Options{})
		for i := range 100 {
			r := sample(i)
			switch i % 20 {
			case 3:
				r.Recipients = []string{"Victim@Our.Example", "other@our.example"}
			case 4:
				r.Recipients = []string{"victim@our.example"}
			case 5:
				r.Sender, r.AuthUser, r.User = "victim@our.example", "victim@our.example", "victim@our.example"
			case 6:
				r.Tests[1].Detail, r.From = "from victim@our.example, welcome", "The Victim <victim@our.example>"
				r.Tests[0].Detail = "victim(at)our.example"
				r.Notes, r.MessageID = []string{"preferences of Victim@our.example left out"}, "victim@our.example"
			}
			l.Append(r)
		}
		found, _, err := l.Find(ctx, &Query{Recipient: "victim@our.example"})
		if err != nil || len(found) != 10 {
			t.Fatalf("%d, %v", len(found), err)
		}
		if err := l.MarkTaught(ctx, found[0], Taught{Time: time.Now(), Class: store.Ham,
			By: "victim@our.example"}); err != nil {
			t.Fatal(err)
		}
		if closed {
			closeSegments(t, l)
		}
		n, err := l.Forget(ctx, "VICTIM@our.example")
		if err != nil || n != 20 {
			t.Errorf("forgot in %d records, %v", n, err)
		}
		all, _, err := l.Find(ctx, &Query{Limit: 1000})
		if err != nil || len(all) != 95 {
			t.Errorf("%d records are left, %v", len(all), err)
		}
		for _, q := range []Query{{Recipient: "victim@our.example"}, {Sender: "victim@our.example"},
			{Text: "victim@our.example"}} {
			if found, _, err := l.Find(ctx, &q); err != nil || len(found) > 0 {
				t.Errorf("%+v finds %d, %v", q, len(found), err)
			}
		}
		if found, _, err := l.Find(ctx, &Query{Recipient: "other@our.example"}); err != nil || len(found) != 5 ||
			found[0].Teachable {
			t.Errorf("the other recipient's mails: %v, %v", found, err)
		}
		l.Append(sample(200))
		if found, _, err := l.Find(ctx, &Query{QueueID: "4bQ00200"}); err != nil || len(found) != 1 {
			t.Errorf("after that: %v, %v", found, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if i := bytes.Index(bytes.ToLower(content), []byte("victim")); i >= 0 {
			t.Errorf("the file still has %.60q", content[max(0, i-20):])
		}
		if matches, _ := filepath.Glob(path + "*"); len(matches) != 1 {
			t.Errorf("files: %v", matches)
		}
	}
}

// TestForgetNoAddress: what is no address is an error that names it.
func TestForgetNoAddress(t *testing.T) {
	l := openLog(t, Options{})
	defer l.Close()
	if _, err := l.Forget(ctx, "our.example"); err == nil || !strings.Contains(err.Error(), "our.example") {
		t.Error(err)
	}
}

// TestFindStops: a search that nobody waits for any more ends within a segment.
func TestFindStops(t *testing.T) {
	l := openLog(t, Options{})
	for n := range 10 * tryPause {
		l.Append(sample(n))
	}
	if err := l.flush(ctx); err != nil {
		t.Fatal(err)
	}
	rare := 1e6
	s := &search{ctx: &ending{Context: ctx}, q: &Query{MinScore: &rare}, log: l, file: l.file, limit: 10}
	if err := l.file.view(s.run); !errors.Is(err, context.Canceled) || s.tried != tryPause {
		t.Errorf("%v after %d records", err, s.tried)
	}
}

// ending is a context that has ended when it is asked for the second time.
type ending struct {
	context.Context
	asked int
}

func (e *ending) Err() error {
	if e.asked++; e.asked > 1 {
		return context.Canceled
	}
	return nil
}

// TestOctets: an answer ends with the record that reaches the bound, and pages of such answers have all.
func TestOctets(t *testing.T) {
	l := openLog(t, Options{})
	defer l.Close()
	const n, recipients = 30, 200
	for i := range n {
		r := sample(i)
		for k := range recipients {
			r.Recipients = append(r.Recipients, fmt.Sprintf("user%d@%s.example", k, strings.Repeat("long", 15)))
		}
		l.Append(r)
	}
	for _, taught := range []bool{false, true} {
		q := &Query{Limit: maxLimit, Octets: 50_000, AnyTaught: taught}
		seen, pages := map[ID]bool{}, 0
		for more := true; more; pages++ {
			var found []*Record
			var err error
			if found, more, err = l.Find(ctx, q); err != nil || more && (len(found) == 0 || len(found) > 4) {
				t.Fatal(len(found), more, err)
			}
			for _, r := range found {
				seen[r.ID], q.Before = true, r.ID
			}
		}
		if !taught && (len(seen) != n || pages < n/4) {
			t.Errorf("%d records on %d pages, want %d", len(seen), pages, n)
		}
	}
}
