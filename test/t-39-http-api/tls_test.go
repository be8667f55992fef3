package httpapi_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// TestTLS: with a certificate the pages speak TLS, beyond this machine too, and their cookie is for TLS only.
func TestTLS(t *testing.T) {
	dir, port := e2e.Dir(t), e2e.FreePort(t)
	cert, key := e2e.Certify(t, dir, 1)
	s := e2e.StartSpamd(t, "", "-L", "--web", fmt.Sprintf("inet:%d@0.0.0.0", port), "--web-cert", cert, "--web-key",
		key)
	e2e.SetPassword(t, s, password)
	client := &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	form := url.Values{"name": {"admin"}, "password": {password}}
	res, err := client.PostForm(fmt.Sprintf("https://127.0.0.1:%d/login", port), form)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		t.Fatalf("%s, cookies %v", res.Status, res.Cookies())
	}
	if c := res.Cookies()[0]; !c.Secure || !strings.HasPrefix(c.Name, "__Host-") || c.Domain != "" || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
	if res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/login", port)); err == nil {
		res.Body.Close()
		if res.StatusCode == http.StatusOK {
			t.Error("the pages are there without TLS too")
		}
	}
}

// TestProxy: a proxy that speaks TLS comes by a unix socket, or from beyond this machine.
func TestProxy(t *testing.T) {
	dir := e2e.Dir(t)
	s := e2e.StartSpamd(t, "", "-L", "--web", "unix:"+dir+"/web.sock", "--web",
		fmt.Sprintf("inet:%d@0.0.0.0", e2e.FreePort(t)),
		"--web-proxy")
	e2e.SetPassword(t, s, password)
	s.Signal(15)
	if err := s.Wait(t, 30e9); err != nil {
		t.Errorf("the daemon does not end in order: %v", err)
	}
}
