package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"asterism/attachment"
	"asterism/attachment/hostiletest"
	"asterism/message"
)

// Changes of a sample: each of its windows is repeated up to the largest size, and each of its fields is set to the
// largest number. Samples are changed at each of their first and last octets, where formats have their headers, and
// here and there between them.
const (
	firstOctets = 128
	lastOctets  = 32
	stride      = 97
	fileSize    = 70_000 // octets, which are a message of 95,000
	givenUp     = time.Minute
)

// windows are the lengths of what is repeated, fields those of what is set.
var (
	windows = []int{2, 4, 8, 12, 20, 46, 128}
	fields  = []int{1, 2, 4, 8}
)

// mutate measures the reading of attachments that are changed samples.
func (c *campaign) mutate() error {
	runtime.LockOSThread()
	var costs []cost
	count := 0
	for _, sample := range hostiletest.Samples() {
		content := sample.Build(0)
		for _, at := range offsets(len(content)) {
			for _, n := range windows {
				if at+n <= len(content) {
					window := bytes.Repeat(content[at:at+n], max(1, (fileSize-len(content))/n))
					changed := slices.Concat(content[:at], window, content[at:])
					costs = c.file(costs, fmt.Sprintf("%s: %d octets at %d repeated", sample.Name, n, at), sample.Name, changed)
					count++
				}
			}
			for _, n := range fields {
				if at+n <= len(content) {
					changed := slices.Concat(content[:at], bytes.Repeat([]byte{0xff}, n), content[at+n:])
					costs = c.file(costs, fmt.Sprintf("%s: %d octets at %d set", sample.Name, n, at), sample.Name, changed)
					count++
				}
			}
		}
		fmt.Fprintf(os.Stderr, "hostile: %d files\n", count)
	}
	return c.report(os.Stdout, count, costs)
}

// offsets are the places at which a sample of a length is changed.
func offsets(length int) []int {
	var all []int
	for at := range length {
		if at < firstOctets || at >= length-lastOctets || at%stride == 0 {
			all = append(all, at)
		}
	}
	return all
}

// file measures one file, and again if it costs too much.
func (c *campaign) file(costs []cost, name, attached string, content []byte) []cost {
	raw := []byte("Content-Type: application/octet-stream; name=\"" + attached +
		"\"\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString(content))
	stop := time.AfterFunc(givenUp, func() { panic(strings.TrimSpace(name) + " takes more than a minute") })
	defer stop.Stop()
	one := cost{name: name, step: "open"}
	for n := range 1 + c.repeats {
		cpu, allocated := threadTime(), allocations()
		attachment.Of(message.Parse(raw, attachment.Open(attachment.Usual)))
		took, bytes := (threadTime() - cpu).Seconds(), float64(allocations()-allocated)/1e6
		if n == 0 || took < one.cpu {
			one.cpu = took
		}
		if n == 0 || bytes < one.bytes {
			one.bytes = bytes
		}
		if one.exceeded = one.cpu > c.bounds.cpu || one.bytes > c.bounds.bytes; !one.exceeded {
			break
		}
	}
	if one.exceeded {
		row(os.Stderr, &one)
	}
	if one.exceeded || one.cpu > c.bounds.cpu/10 || one.bytes > c.bounds.bytes/10 {
		costs = append(costs, one)
	}
	return costs
}

// threadTime returns the processor time of this thread, without that of the garbage collector.
func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD of Linux
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		panic(err) // cannot happen with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
