package rspamd

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"asterism/connpool"
)

// rspamcPath is where requests of the RSPAMC protocol are answered: that of rspamd before HTTP, which Exim speaks
// (variant=rspamd). Its requests have HTTP's form except for their first line, its answers a form of their own.
const rspamcPath = "/rspamc"

// rspamcLine is the first line of such a request.
var rspamcLine = regexp.MustCompile(`^(?:CHECK|SYMBOLS) RSPAMC/1\.[0-9]$`)

// FirstLine returns the first line of a request as HTTP has it.
func FirstLine(line string) string {
	if rspamcLine.MatchString(line) {
		return "POST " + rspamcPath + " HTTP/1.0"
	}
	return line
}

// rspamc answers a request of the RSPAMC protocol, in the order that Exim reads: metric, action, symbols.
func (s *Server) rspamc(access func(*http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		share := connpool.Share{Budget: s.opt.Bytes}
		defer share.GiveAll()
		ctx, cancel := context.WithTimeout(r.Context(), answerTime)
		defer cancel()
		err := access(r)
		if browser(r) {
			err = errBrowser
		}
		var m *mail
		if err == nil {
			m, err = s.read(ctx, r, &share, true)
		}
		if err != nil {
			sendRaw(w, "RSPAMD/1.3 75 "+oneLine(err.Error())+"\r\n\r\n")
			return
		}
		sendRaw(w, s.check(m).rspamc())
	}
}

// rspamc returns the answer in the form of that protocol.
func (v *verdict) rspamc() string {
	spam := "False"
	if !v.Skipped && v.Score >= v.Required {
		spam = "True"
	}
	reject, ok := v.Thresholds[rejected]
	if !ok {
		reject = v.Required
	}
	var b strings.Builder
	fmt.Fprintf(&b, "RSPAMD/1.3 0 EX_OK\r\nMetric: default; %s; %.2f / %.2f / %.2f\r\nAction: %s\r\n", spam, v.Score,
		v.Required, reject, v.Action)
	for _, symbol := range slices.SortedFunc(maps.Values(v.Symbols), func(x, y symbol) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Score), math.Abs(x.Score)), cmp.Compare(x.Name, y.Name))
	}) {
		fmt.Fprintf(&b, "Symbol: %s(%.2f); %s\r\n", symbol.Name, symbol.Score, oneLine(symbol.Description))
	}
	fmt.Fprintf(&b, "Message-ID: %s\r\n", oneLine(v.MessageID))
	return b.String()
}

// oneLine returns a text without line ends.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// sendRaw writes an answer that has not HTTP's form, and ends the connection.
func sendRaw(w http.ResponseWriter, text string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "this path is for the RSPAMC protocol", http.StatusBadRequest)
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(text))
}
