package mailbox

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

const dated = "From alice@example.com Thu Aug 22 12:36:23 2002\n"

// readStream returns the messages of a stream up to the first error but TooLargeError, which is told like a message.
func readStream(t testing.TB, r io.Reader, limit int64) (got []string, err error) {
	t.Helper()
	mb, err := NewReader(r, "box", limit)
	if err != nil {
		return nil, err
	}
	defer mb.Close()
	return readAllOf(mb)
}

func readAllOf(mb *Reader) (got []string, err error) {
	for {
		m, err := mb.Next()
		var tooLarge *TooLargeError
		switch {
		case errors.As(err, &tooLarge):
			got = append(got, tooLarge.Error())
		case err == io.EOF:
			return got, nil
		case err != nil:
			return got, err
		default:
			got = append(got, m.Name+"="+string(m.Raw))
		}
	}
}

func TestMbox(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"empty":  {"", nil},
		"single": {"A: 1\n\nFrom what\n", []string{"box=A: 1\n\nFrom what\n"}},
		"one":    {dated + "A: 1\n\nbody\n\n", []string{"box:1=A: 1\n\nbody\n"}},
		"no end": {dated + "A: 1\n\nbody", []string{"box:1=A: 1\n\nbody"}},
		"two": {dated + "A: 1\n\nx\n\n" + dated + "B: 2\n\ny\n\n", []string{"box:1=A: 1\n\nx\n",
			"box:2=B: 2\n\ny\n"}},
		"empty lines": {"\n\n" + dated + "A: 1\n\nx\n\n", []string{"box:1=A: 1\n\nx\n"}},
		"no empty line": {dated + "A: 1\n\nx\n" + dated + "B: 2\n\ny\n", []string{"box:1=A: 1\n\nx\n",
			"box:2=B: 2\n\ny\n"}},
		"CRLF": {strings.ReplaceAll(dated+"A: 1\n\nx\n\n"+dated+"B: 2\n\ny\n\n", "\n", "\r\n"),
			[]string{"box:1=A: 1\r\n\r\nx\r\n", "box:2=B: 2\r\n\r\ny\r\n"}},
		"header only":     {dated + "A: 1\n" + dated + "B: 2\n\n", []string{"box:1=A: 1\n", "box:2=B: 2\n"}},
		"nothing between": {dated + dated + "\n" + dated + "B: 2\n\n", []string{"box:3=B: 2\n"}},
		"From in text": {dated + "A: 1\n\nFrom here on:\n\nFrom there at 10:30 in 2002\n\n" + dated + "B: 2\n\n",
			[]string{"box:1=A: 1\n\nFrom here on:\n\nFrom there at 10:30 in 2002\n", "box:2=B: 2\n"}},
		"mboxrd": {dated + "A: 1\n\n>From x\n>>From y\n> >From z\n->From\n>Fromage\n\n",
			[]string{"box:1=A: 1\n\nFrom x\n>From y\n> >From z\n->From\n>Fromage\n"}},
		"mboxrd at start": {dated + ">From x\n\n>From y", []string{"box:1=From x\n\nFrom y"}},
		"undated": {"From alice\nA: 1\n\nx\nFrom y\n\nFrom bob\nB: 2\n\n", []string{"box:1=A: 1\n\nx\nFrom y\n",
			"box:2=B: 2\n"}},
		"Mozilla": {"From - Sat Jan 01 00:00:00 2000\nA: 1\n\n\nFrom - Sat Jan  1 00:00:00 2000\nB: 2\n\n",
			[]string{"box:1=A: 1\n\n", "box:2=B: 2\n"}},
		"zones": {"From a  Thu Aug 22 12:36 MET DST 2002\nA: 1\n\n\nFrom b  Thu, 22 Aug 2002 12:36:23 +0100\nB: " +
			"2\n\n\nFrom c Thu Aug 22 12:36:23 2002 remote from d\nC: 3\n\n", []string{"box:1=A: 1\n\n", "box:2=B: 2\n\n",
			"box:3=C: 3\n"}},
		"NUL": {dated + "A: \x00\n\n\x00\xff\n\n" + dated + "B: 2\n\n", []string{"box:1=A: \x00\n\n\x00\xff\n",
			"box:2=B: 2\n"}},

		// Thunderbird writes lines without a date, also into files of others.
		"Thunderbird": {"From - Mon Jul 11 12:08:34 2011\r\nA: 1\r\n\r\nx\r\n\r\nFrom \r\nFrom: " +
			"b\r\n\r\ny\r\n\r\nFrom - Mon Jul 11 12:08:34 2011\r\nC: 3\r\n\r\n", []string{"box:1=A: 1\r\n\r\nx\r\n",
			"box:2=From: b\r\n\r\ny\r\n", "box:3=C: 3\r\n"}},
		"Thunderbird first": {"From \nX-Mozilla-Status: 0001\n\nx\n\nFrom - Mon Jul 11 12:08:34 2011\nTo: b\n\ny\n\nFrom " +
			"-\nSubject: c\n", []string{"box:1=X-Mozilla-Status: 0001\n\nx\n", "box:2=To: b\n\ny\n", "box:3=Subject: c\n"}},
		"undated, mixed": {dated + "A: 1\r\n\r\nx\n\r\nFrom bob@example.com\r\nReceived: b\n\ny\r\n\nFrom " +
			"MAILER-DAEMON\nDate: c\r\n\r\n", []string{"box:1=A: 1\r\n\r\nx\n", "box:2=Received: b\n\ny\r\n",
			"box:3=Date: c\r\n"}},
		"undated, no blank": {dated + "A: 1\n\nx\nFrom bob@example.com\nReceived: b\n\n",
			[]string{"box:1=A: 1\n\nx\nFrom bob@example.com\nReceived: b\n"}},
		"undated, no field": {dated + "A: 1\n\nx\n\nFrom bob@example.com\nWell: b\n\nFrom \nx\n\nFrom bob\nTo: x\n\nFrom " +
			"here on\nTo: x\n", []string{"box:1=A: 1\n\nx\n\nFrom bob@example.com\nWell: b\n\nFrom \nx\n\nFrom bob\nTo: " +
			"x\n\nFrom here on\nTo: x\n"}},
		"undated only": {"From alice\nA: 1\n\nFrom here on:\nno: more\n\nFrom x\nno more\n\n", []string{"box:1=A: 1\n",
			"box:2=no: more\n\nFrom x\nno more\n"}},

		"dated text": {dated + "A: 1\n\nx\n\nFrom what I saw on Mon Jan 5 10:00:00 2004\nNo: not so\n\nFrom what I " +
			"saw on Mon Jan 5 10:00:00 2004 he was right.\n\n" + dated + "B: 2\n\n",
			[]string{"box:1=A: 1\n\nx\n\nFrom what I saw on Mon Jan 5 10:00:00 2004\nNo: not so\n\nFrom what I saw on Mon Jan " +
				"5 10:00:00 2004 he was right.\n", "box:2=B: 2\n"}},
		"dated text, a word": {dated + "A: 1\n\nx\n\nFrom Monday Mon Jan 5 10:00:00 2004\nhe was right: so\n\n",
			[]string{"box:1=A: 1\n\nx\n\nFrom Monday Mon Jan 5 10:00:00 2004\nhe was right: so\n"}},
		"sender with a blank": {dated +
			"A: 1\n\nx\n\nFrom John Doe Thu Aug 22 12:36:23 2002\nReturn-Path: b\n\n\nFrom \"J. " +
			"Doe\"@example.com Thu Aug 22 12:36:23 2002\nC: 3\n", []string{"box:1=A: 1\n\nx\n", "box:2=Return-Path: b\n\n",
			"box:3=C: 3\n"}},
		"quoted From_ line": {dated + ">From bob@example.com Thu Aug 22 12:36:23 2002\nA: 1\n\n\n" + dated +
			">From bob\nB: 2\n\n", []string{"box:1=From bob@example.com Thu Aug 22 12:36:23 2002\nA: 1\n\n",
			"box:2=From bob\nB: 2\n"}},

		"byte order mark": {"\xef\xbb\xbf" + dated + "A: 1\n\nx\n\n" + dated + "B: 2\n\n",
			[]string{"box:1=A: 1\n\nx\n", "box:2=B: 2\n"}},
		"byte order mark, single": {"\xef\xbb\xbfA: 1\n\nx\n", []string{"box=A: 1\n\nx\n"}},
		"byte order mark, lines":  {"\xef\xbb\xbf\r\n\n" + dated + "A: 1\n", []string{"box:1=A: 1\n"}},
		"old field": {"From : alice@example.com\nA: 1\n\nx\n\n" + dated + "B: 2\n",
			[]string{"box=From : alice@example.com\nA: 1\n\nx\n\n" + dated + "B: 2\n"}},
		"old field, tab": {"From \t : alice@example.com\r\n\r\n",
			[]string{"box=From \t : alice@example.com\r\n\r\n"}},
		"old field in mbox": {dated + "From : alice@example.com\n\nx\n\n" + dated + "From : bob@example.com\nB: 2\n\n",
			[]string{"box:1=From : alice@example.com\n\nx\n", "box:2=From : bob@example.com\nB: 2\n"}},

		"mboxcl2, undated": {"From alice\nContent-Length: 2\n\nx\n\nFrom bob\nB: 2\n\n",
			[]string{"box:1=Content-Length: 2\n\nx\n", "box:2=B: 2\n"}},
		"mboxcl2, CRLF": {strings.ReplaceAll(dated+"Content-Length: 3\n\nx\n\n"+dated+"B: 2\n\n", "\n", "\r\n"),
			[]string{"box:1=Content-Length: 3\r\n\r\nx\r\n", "box:2=B: 2\r\n"}},
		"mboxcl2": {dated + "Content-Length: 71\n\n" + strings.Repeat(".", 13) + "\n\n" + dated + ">From x\n\n\n" + dated +
			"B: 2\n\n",
			[]string{"box:1=Content-Length: 71\n\n" + strings.Repeat(".", 13) + "\n\n" + dated + ">From x\n", "box:2=B: 2\n"}},
		"mboxcl2 at end": {dated + "content-length:  7\nB: 2\n\nFrom x\n\n",
			[]string{"box:1=content-length:  7\nB: 2\n\nFrom x\n"}},
		"mboxcl2, no blank": {dated + "Content-Length: 2\n\nx\n" + dated + "B: 2\n\n",
			[]string{"box:1=Content-Length: 2\n\nx\n", "box:2=B: 2\n"}},
		"mboxcl2, no end": {dated + "Content-Length: 1\n\nx\n\n" + dated + "B: 2\n\n",
			[]string{"box:1=Content-Length: 1\n\nx", "box:2=B: 2\n"}},
		"Content-Length lie": {dated + "Content-Length: 3\n\n>From x\n\n" + dated + "B: 2\n\n",
			[]string{"box:1=Content-Length: 3\n\nFrom x\n", "box:2=B: 2\n"}},
		"beyond the end": {dated + "Content-Length: 99\n\nx\n\n" + dated + "B: 2\n\n",
			[]string{"box:1=Content-Length: 99\n\nx\n", "box:2=B: 2\n"}},
		"huge": {dated + "Content-Length: 999999999999999999999999\n\nx\n\n",
			[]string{"box:1=Content-Length: 999999999999999999999999\n\nx\n"}},
		"negative": {dated + "Content-Length: -1\n\nx\n\n", []string{"box:1=Content-Length: -1\n\nx\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			for reader, r := range map[string]io.Reader{"whole": strings.NewReader(c.in),
				"bytes": iotest.OneByteReader(strings.NewReader(c.in))} {
				got, err := readStream(t, r, 0)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s:\ngot  %q\nwant %q", reader, got, c.want)
				}
			}
		})
	}
}

// TestManyFromLines reads some megabytes of From_ lines, which would take days if each were read to the end of the
// file. What a file costs that is half as long is half as much: bench/hostile measures it.
func TestManyFromLines(t *testing.T) {
	size := 4 << 20
	if testing.Short() {
		size = 1 << 20
	}
	for _, c := range []struct{ first, line string }{
		{"", "From a\n"}, {"", "From \r\n"}, {"", "From a\n\n"}, {"", "From a\nX: y\n"}, {"", "\nFrom a\nX: y\n"},
		{"", dated}, {dated, "From a\n"}, {dated, "From : x\n"},
		{dated, "\nFrom a@b\n"}, {dated, "\nFrom a@b\nTo: x\n"}, {"From a\n", "From : x\n"}, {dated, ">From a\n"},
		{dated, ">"}, {"", dated + "Content-Length: 99999\n\n"},
	} {
		mb, err := NewReader(strings.NewReader(c.first+strings.Repeat(c.line, size/len(c.line))), "box", 0)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = mb.Next()
		}
		if err != io.EOF {
			t.Errorf("%q: %v", c.line, err)
		}
	}
}

// TestTooLarge: a message above the limit costs no memory, and the ones around it are read.
func TestTooLarge(t *testing.T) {
	line := strings.Repeat("x", 99) + "\n"
	big := "A: 1\n\n" + strings.Repeat(line, 30_000)
	in := dated + "A: 1\n\nx\n\n" + dated + big + "\n" + dated + "B: 2\n\n" + dated + big
	want := []string{"box:1=A: 1\n\nx\n", "box:2: message of 3000006 bytes is too large", "box:3=B: 2\n",
		"box:4: message of 3000006 bytes is too large"}
	got, err := readStream(t, strings.NewReader(in), 1000)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %.1000q, %v", got, err)
	}
	mb, err := NewReader(strings.NewReader(in), "box", 1000)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := readAllOf(mb); err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int64]string{3000006: "box=" + big,
		3000005: "box: message of 3000006 bytes is too large"} {
		if got, err := readStream(t, strings.NewReader(big), limit); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("limit %d: %.100q, %v", limit, got, err)
		}
	}
	// exactly at the limit
	got, err = readStream(t, strings.NewReader(dated+"A: 1\n\n"+dated+"B: 22\n\n"), 5)
	if want := []string{"box:1=A: 1\n", "box:2: message of 6 bytes is too large"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

func zip(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	var in strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&in, "%sSubject: %d\n\n%x\n\n", dated, i, i*i*i*i)
	}
	z := zip(in.String())
	got, err := readStream(t, bytes.NewReader(z), 0)
	if err != nil || len(got) != 5000 {
		t.Fatalf("%d messages, %v", len(got), err)
	}
	whole := got
	got, err = readStream(t, bytes.NewReader(z[:len(z)*2/3]), 0)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(got) < 1000 || !slices.Equal(got, whole[:len(got)]) {
		t.Errorf("cut short: %d messages, %v", len(got), err)
	}
	at := strings.Index(in.String(), fmt.Sprintf("Subject: %d\n", len(got))) - len(dated)
	if want := fmt.Sprintf("box: message %d at byte %d: ", len(got)+1, at); err == nil || !strings.HasPrefix(err.Error(),
		want) {
		t.Errorf("error %v, want %s", err, want)
	}
	z[len(z)/2] ^= 0x55
	if got, err = readStream(t, bytes.NewReader(z), 0); err == nil || len(got) == 0 {
		t.Errorf("damaged: %d messages, %v", len(got), err)
	}
	if _, err = readStream(t, bytes.NewReader(z[:5]), 0); err == nil || !strings.HasPrefix(err.Error(), "box: ") {
		t.Errorf("without a header: %v", err)
	}
	if _, err = readStream(t, bytes.NewReader(zip("A: 1\n")[:15]), 0); !errors.Is(err, io.ErrUnexpectedEOF) ||
		!strings.HasPrefix(err.Error(), "box: ") {
		t.Errorf("a single message cut short: %v", err)
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken disk")
	r := io.MultiReader(strings.NewReader(dated+"A: 1\n\n"+dated+"B: 2\n"), iotest.ErrReader(broken))
	mb, err := NewReader(r, "box", 0)
	if err != nil {
		t.Fatal(err)
	}
	if m, err := mb.Next(); err != nil || m.Name != "box:1" {
		t.Errorf("%v, %v", m, err)
	}
	if _, err := mb.Next(); !errors.Is(err, broken) || err.Error() != "box: message 2 at byte 54: broken disk" {
		t.Errorf("error %v", err)
	}
	if _, err := mb.Next(); err != io.EOF {
		t.Errorf("after the error: %v", err)
	}
}

func FuzzMbox(f *testing.F) {
	f.Add([]byte(dated+"A: 1\n\nx\n\n"+dated+"B: 2\n\ny\n\n"), uint16(0))
	f.Add([]byte(dated+"Content-Length: 7\n\nFrom x\n\n"+dated+"B: 2\n\n"), uint16(20))
	f.Add([]byte("From alice\nA: 1\n\n>From x\n>>From y\n\nFrom bob\r\n\r\n"), uint16(3))
	f.Add([]byte("\xef\xbb\xbfFrom - Mon Jul 11 12:08:34 2011\r\nA: 1\r\n\r\nx\r\n\r\nFrom \r\nFrom : b\r\n\r\n"),
		uint16(50))
	f.Add([]byte(dated+"A: 1\n\nFrom what I saw on Mon Jan 5 10:00:00 2004\n\nFrom -\nTo: b\n\n"), uint16(0))
	f.Add(zip(dated+"A: 1\n\nx\n\n"+dated+"B: 2\n\ny\n\n"), uint16(100))
	f.Fuzz(func(t *testing.T, in []byte, limit uint16) {
		whole, err := readStream(t, bytes.NewReader(in), int64(limit))
		size := 0
		for _, m := range whole {
			size += len(m)
		}
		if zipped := len(in) > 2 && in[0] == 0x1f && in[1] == 0x8b; !zipped && size > 50*(len(in)+1) {
			t.Errorf("%d bytes out of %d", size, len(in))
		}
		// However the bytes come in, the messages are the same.
		slowly, err2 := readStream(t, iotest.OneByteReader(bytes.NewReader(in)), int64(limit))
		if !slices.Equal(whole, slowly) || (err == nil) != (err2 == nil) {
			t.Errorf("whole: %q, %v\nslowly: %q, %v", whole, err, slowly, err2)
		}
	})
}

func BenchmarkMbox(b *testing.B) {
	var in bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&in, "%sSubject: %d\nTo: bob\n\n%s\n", dated, i,
			strings.Repeat("What a line of a mail is like, with From in it.\n", 170))
	}
	b.SetBytes(int64(in.Len()))
	for b.Loop() {
		mb, err := NewReader(bytes.NewReader(in.Bytes()), "box", 0)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for ; ; n++ {
			if _, err := mb.Next(); err != nil {
				break
			}
		}
		if n != 2000 {
			b.Fatal(n)
		}
	}
}
