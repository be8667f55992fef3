package classifier_test

import (
	"strings"
	"testing"

	"asterism/classifier"
)

func TestFootprint(t *testing.T) {
	body := strings.Repeat("text\n", 20_000)
	small, large := classifier.Footprint([]byte("Subject: x\n\n"+body)),
		classifier.Footprint([]byte("Subject: x\n\n"+body+body))
	if grown := large - small; grown < int64(4*len(body)) || grown > int64(10*len(body)) {
		t.Errorf("%d bytes more of text: %d bytes more of memory", len(body), grown)
	}
	if field := classifier.Footprint([]byte("Subject: " + body)); field <= small {
		t.Errorf("a header takes %d bytes, as much text %d", field, small)
	}
	for _, n := range []int64{1 << 20, 8 << 20, 100 << 20} {
		largest := classifier.LargestWithin(n)
		header := "Subject: x\r\n\r\n"
		if got := classifier.Footprint([]byte(header + strings.Repeat("x", int(largest)-len(header)))); got > n || got < n/2 {
			t.Errorf("the largest message within %d bytes has %d, and takes %d", n, largest, got)
		}
	}
}
