package e2e

import (
	"fmt"
	"io"
	"net/http"
	"testing"
)

// Get returns the status and the text of a page of spamd's HTTP server on a port of 127.0.0.1.
func Get(t testing.TB, port int, path string) (int, string) {
	t.Helper()
	res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
