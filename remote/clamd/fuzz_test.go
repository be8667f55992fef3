package clamd

import (
	"strings"
	"testing"
)

func FuzzReply(f *testing.F) {
	for _, reply := range []string{"stream: OK", "stream: Win.Test.EICAR_HDB-1 FOUND",
		"INSTREAM size limit exceeded. ERROR", "stream:  FOUND"} {
		f.Add(reply)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		name, err := parseReply(reply)
		if strings.ContainsAny(name, " \r\n\x00") || err != nil && name != "" || len(name) > 100 {
			t.Errorf("%q, %v", name, err)
		}
	})
}
