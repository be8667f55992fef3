// Package memory_test runs spamd in a control group of little memory and gives it more large mails at once than fit:
// it lives, and every mail is scanned in the end.
package memory_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/test/e2e"
)

const (
	groupBytes = 256 << 20
	mailBytes  = 9_000_000
	atOnce     = 8
	patience   = 4 * time.Minute
)

// head is the header that all mails have.
const head = "From: alice@example.net\nTo: bob@example.org\nSubject: large\nMessage-ID: <1@example.net>\n" +
	"Date: Sun, 29 Nov 2026 10:00:00 +0000\nMIME-Version: 1.0\n"

// fill repeats what line returns up to the size of a mail.
func fill(line func() string) string {
	var b strings.Builder
	for b.Len() < mailBytes {
		b.WriteString(line())
	}
	return b.String()
}

// bodies are large mails of the kinds that take most memory, by name.
func bodies() map[string]string {
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string { return strconv.FormatUint(random.Uint64N(1<<40), 36) }
	text := func() string { return word() + " " + word() + " " + word() + "\n" }
	noise := make([]byte, mailBytes/4*3)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	encoded := base64.StdEncoding.EncodeToString(noise)
	var lines strings.Builder
	for ; len(encoded) > 76; encoded = encoded[76:] {
		lines.WriteString(encoded[:76] + "\n")
	}
	return map[string]string{
		"text": "Content-Type: text/plain\n\n" + fill(text),
		"html": "Content-Type: text/html\n\n" + fill(func() string {
			return `<p><a href="http://` + word() + `.example/">` +
				word() + "</a>\n"
		}),
		"links": "Content-Type: text/plain\n\n" + fill(func() string { return "http://" + word() + ".example.com/\n" }),
		"8bit": "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\n" +
			fill(func() string { return "\xe9\xe8 \xe0\n" }),
		"attachment": "Content-Type: application/octet-stream; name=a.bin\nContent-Transfer-Encoding: base64\n\n" +
			lines.String(),
		"parts": "Content-Type: multipart/mixed; boundary=x\n\n" + fill(func() string {
			return "--x\n\nhello " + word() +
				"\n"
		}) +
			"--x--\n",
	}
}

// send has a mail checked through the milter as an MTA would, and returns whether it was tagged. It was not if it is
// to come again.
func send(address, raw string) (tagged bool, err error) {
	network, path, _ := strings.Cut(address, ":")
	s, err := gomilter.NewClient(network, path, gomilter.WithReadTimeout(patience)).Session(gomilter.NewMacroBag())
	if err != nil {
		return false, err
	}
	defer s.Close()
	header, body, _ := strings.Cut(raw, "\n\n")
	steps := []func() (*gomilter.Action, error){
		func() (*gomilter.Action, error) {
			return s.Conn("client.example.net", gomilter.FamilyInet, 4711, "192.0.2.7")
		},
		func() (*gomilter.Action, error) { return s.Helo("client.example.net") },
		func() (*gomilter.Action, error) { return s.Mail("alice@example.net", "") },
		func() (*gomilter.Action, error) { return s.Rcpt("bob@example.org", "") },
		s.DataStart,
	}
	for line := range strings.SplitSeq(header, "\n") {
		name, value, _ := strings.Cut(line, ":")
		steps = append(steps, func() (*gomilter.Action, error) { return s.HeaderField(name, value, nil) })
	}
	steps = append(steps, s.HeaderEnd)
	for _, step := range steps {
		if _, err := step(); err != nil {
			return false, err
		}
	}
	changes, action, err := s.BodyReadFrom(bytes.NewReader([]byte(strings.ReplaceAll(body, "\n", "\r\n"))))
	if err != nil {
		return false, err
	}
	if action.Type == gomilter.ActionTempFail {
		return false, nil
	}
	for _, c := range changes {
		if c.HeaderName == "X-Spam-Score" {
			return true, nil
		}
	}
	return false, fmt.Errorf("a mail went out untagged: %v", action)
}

// TestLargeMailsInALittleContainer: the kernel does not kill spamd. What is turned away is tried again, as an MTA does.
func TestLargeMailsInALittleContainer(t *testing.T) {
	mails := bodies()
	for _, front := range []string{"milter", "spamc"} {
		for name, body := range mails {
			t.Run(front+"/"+name, func(t *testing.T) {
				group := e2e.MemoryCgroup(t, groupBytes)
				spamd := e2e.StartSpamdIn(t, group, "max_size 20M\n", "-L")
				once := func() (bool, error) { return send(spamd.Milter, head+body) }
				if front == "spamc" {
					client := spamd.Client(t)
					once = func() (bool, error) {
						r, err := client.Process(context.Background(), []byte(head+body))
						return r != nil && err == nil, nil
					}
				}
				again := deliver(t, spamd, once)
				t.Logf("%d mails of %d bytes at once: peak %d of %d MB, turned away and sent again %d times", atOnce, mailBytes,
					group.Peak(t)>>20, groupBytes>>20, again)
			})
		}
	}
}

// deliver has several mails sent at once until each is scanned, and returns how often one had to come again.
func deliver(t *testing.T, spamd *e2e.Spamd, once func() (bool, error)) (again int) {
	var senders sync.WaitGroup
	var mu sync.Mutex
	deadline := time.Now().Add(patience)
	for i := range atOnce {
		senders.Go(func() {
			for {
				done, err := once()
				switch {
				case done:
					return
				case spamd.Ended():
					t.Errorf("mail %d: spamd has ended: %v", i, spamd.Wait(t, time.Second))
					return
				case time.Now().After(deadline):
					t.Errorf("mail %d: not scanned within %v: %v", i, patience, err)
					return
				}
				mu.Lock()
				again++
				mu.Unlock()
				time.Sleep(100 * time.Millisecond)
			}
		})
	}
	senders.Wait()
	return again
}
