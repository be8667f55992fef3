package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// Browser is a running headless Chromium, which is spoken to by the DevTools protocol over two pipes.
type Browser struct {
	*Process
	to io.Writer

	mu      sync.Mutex
	last    int
	replies map[int]chan devtools
	pages   map[string]*Page
}

// devtools is a message of the protocol.
type devtools struct {
	ID      int             `json:"id,omitempty"`
	Session string          `json:"sessionId,omitempty"`
	Method  string          `json:"method,omitempty"`
	Params  json.RawMessage `json:"params,omitempty"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error,omitempty"`
}

// browserPatience is how long a page may take.
const browserPatience = 60 * time.Second

// StartBrowser starts Chromium, which reaches this machine only.
func StartBrowser(t testing.TB) *Browser {
	t.Helper()
	toChild, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	back, fromChild, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	dir := Dir(t)
	cmd := exec.Command(Tool(t, "chromium", "chromium"), "--headless", "--no-sandbox", "--disable-gpu",
		"--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--hide-scrollbars", "--lang=en",
		"--force-color-profile=srgb", "--log-level=3",
		"--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
		"--user-data-dir="+dir+"/profile", "--remote-debugging-pipe", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir)
	cmd.ExtraFiles = []*os.File{toChild, fromChild}
	b := &Browser{to: ours, replies: map[int]chan devtools{}, pages: map[string]*Page{}}
	b.Process = Start(t, cmd)
	toChild.Close()
	fromChild.Close()
	t.Cleanup(func() { ours.Close(); back.Close() })
	go b.read(back)
	b.call(t, "", "Browser.getVersion", nil, nil)
	return b
}

// read hands what comes in to those who wait for it.
func (b *Browser) read(r io.Reader) {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		var m devtools
		if json.Unmarshal(bytes.TrimSuffix(line, []byte{0}), &m) != nil {
			continue
		}
		b.mu.Lock()
		reply, page := b.replies[m.ID], b.pages[m.Session]
		delete(b.replies, m.ID)
		b.mu.Unlock()
		switch {
		case m.ID != 0 && reply != nil:
			reply <- m
		case page != nil:
			page.event(m)
		}
	}
}

// call asks for something and reads the answer into the value that into points to.
func (b *Browser) call(t testing.TB, session, method string, params map[string]any, into any) {
	t.Helper()
	if err := b.try(session, method, params, into); err != nil {
		t.Fatalf("chromium: %s %v: %v", method, params, err)
	}
}

func (b *Browser) try(session, method string, params map[string]any, into any) error {
	if params == nil {
		params = map[string]any{}
	}
	raw, err := json.Marshal(params)
	if err != nil {
		return err
	}
	reply := make(chan devtools, 1)
	b.mu.Lock()
	b.last++
	m := devtools{ID: b.last, Session: session, Method: method, Params: raw}
	b.replies[m.ID] = reply
	text, err := json.Marshal(m)
	if err == nil {
		_, err = b.to.Write(append(text, 0))
	}
	b.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case r := <-reply:
		if r.Error != nil {
			return errors.New(r.Error.Message)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(r.Result, into)
	case <-b.done:
		return fmt.Errorf("it ended:\n%s", b.Output())
	case <-time.After(browserPatience):
		return errors.New("no answer")
	}
}

// Page is a tab with cookies of its own.
type Page struct {
	browser *Browser
	session string
	loaded  chan struct{} // one element per load event

	mu      sync.Mutex
	dialogs []string
	asked   []string // URLs that the page has asked for
}

// Page opens a tab. Its scripts are off unless the caller wants them.
func (b *Browser) Page(t testing.TB, scripts bool) *Page {
	t.Helper()
	var context struct {
		ID string `json:"browserContextId"`
	}
	b.call(t, "", "Target.createBrowserContext", nil, &context)
	var target struct {
		ID string `json:"targetId"`
	}
	b.call(t, "", "Target.createTarget", map[string]any{"url": "about:blank", "browserContextId": context.ID}, &target)
	var attached struct {
		ID string `json:"sessionId"`
	}
	b.call(t, "", "Target.attachToTarget", map[string]any{"targetId": target.ID, "flatten": true}, &attached)
	p := &Page{browser: b, session: attached.ID, loaded: make(chan struct{}, 100)}
	b.mu.Lock()
	b.pages[p.session] = p
	b.mu.Unlock()
	for _, domain := range []string{"Page", "Runtime", "DOM", "Network"} {
		p.call(t, domain+".enable", nil, nil)
	}
	p.call(t, "Emulation.setScriptExecutionDisabled", map[string]any{"value": !scripts}, nil)
	p.Size(t, 1200, 900)
	return p
}

func (p *Page) call(t testing.TB, method string, params map[string]any, into any) {
	t.Helper()
	p.browser.call(t, p.session, method, params, into)
}

// event notes what happens in the page.
func (p *Page) event(m devtools) {
	switch m.Method {
	case "Page.loadEventFired":
		p.loaded <- struct{}{}
	case "Page.javascriptDialogOpening":
		p.mu.Lock()
		p.dialogs = append(p.dialogs, string(m.Params))
		p.mu.Unlock()
		go p.browser.try(p.session, "Page.handleJavaScriptDialog", map[string]any{"accept": true}, nil)
	case "Network.requestWillBeSent":
		var request struct {
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
		}
		_ = json.Unmarshal(m.Params, &request)
		p.mu.Lock()
		p.asked = append(p.asked, request.Request.URL)
		p.mu.Unlock()
	}
}

// Dialogs returns the dialogs that scripts have opened.
func (p *Page) Dialogs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.dialogs...)
}

// Asked returns the URLs that the page has asked for.
func (p *Page) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.asked...)
}

// Size sets the size of the window in pixels.
func (p *Page) Size(t testing.TB, width, height int) {
	t.Helper()
	p.call(t, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height,
		"deviceScaleFactor": 1, "mobile": width < 600}, nil)
}

// load waits until what do begins has loaded a document.
func (p *Page) load(t testing.TB, what string, do func()) {
	t.Helper()
	for len(p.loaded) > 0 {
		<-p.loaded
	}
	do()
	select {
	case <-p.loaded:
	case <-time.After(browserPatience):
		t.Fatalf("chromium: %s loads nothing; the page is\n%s", what, p.Text(t, "body"))
	}
}

// Open goes to a URL and waits until it is there.
func (p *Page) Open(t testing.TB, url string) {
	t.Helper()
	p.load(t, url, func() {
		var result struct {
			Error string `json:"errorText"`
		}
		p.call(t, "Page.navigate", map[string]any{"url": url}, &result)
		if result.Error != "" {
			t.Fatalf("chromium: %s: %s", url, result.Error)
		}
	})
}

// value evaluates an expression of our own in the page.
func (p *Page) value(t testing.TB, expression string, into any) {
	t.Helper()
	var result struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text string `json:"text"`
		} `json:"exceptionDetails"`
	}
	p.call(t, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &result)
	if result.Exception != nil {
		t.Fatalf("chromium: %s: %s", expression, result.Exception.Text)
	}
	if err := json.Unmarshal(result.Result.Value, into); err != nil {
		t.Fatalf("chromium: %s: %v", expression, err)
	}
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string can be
	return string(b)
}

// Text returns the text of the first element of a selector as it is seen, "" if there is none.
func (p *Page) Text(t testing.TB, selector string) (text string) {
	t.Helper()
	p.value(t, "(document.querySelector("+quoted(selector)+")||{innerText:''}).innerText", &text)
	return text
}

// Count returns how many elements a selector has.
func (p *Page) Count(t testing.TB, selector string) (n int) {
	t.Helper()
	p.value(t, "document.querySelectorAll("+quoted(selector)+").length", &n)
	return n
}

// URL returns the page's address.
func (p *Page) URL(t testing.TB) (url string) {
	t.Helper()
	p.value(t, "location.href", &url)
	return url
}

// node returns the first element of a selector.
func (p *Page) node(t testing.TB, selector string) int {
	t.Helper()
	var document struct {
		Root struct {
			ID int `json:"nodeId"`
		} `json:"root"`
	}
	p.call(t, "DOM.getDocument", nil, &document)
	var found struct {
		ID int `json:"nodeId"`
	}
	p.call(t, "DOM.querySelector", map[string]any{"nodeId": document.Root.ID, "selector": selector}, &found)
	if found.ID == 0 {
		t.Fatalf("chromium: no %s in\n%s", selector, p.Text(t, "body"))
	}
	return found.ID
}

// Fill puts a text into a field, in the place of what is there.
func (p *Page) Fill(t testing.TB, selector, text string) {
	t.Helper()
	p.call(t, "DOM.focus", map[string]any{"nodeId": p.node(t, selector)}, nil)
	p.value(t, "(document.activeElement.select && document.activeElement.select(), 0)", new(int))
	p.call(t, "Input.insertText", map[string]any{"text": text}, nil)
}

// Upload chooses a file in a field.
func (p *Page) Upload(t testing.TB, selector, path string) {
	t.Helper()
	p.call(t, "DOM.setFileInputFiles", map[string]any{"nodeId": p.node(t, selector), "files": []string{path}}, nil)
}

// Click clicks at an element and waits for the document that this loads.
func (p *Page) Click(t testing.TB, selector string) {
	t.Helper()
	node := map[string]any{"nodeId": p.node(t, selector)}
	p.call(t, "DOM.scrollIntoViewIfNeeded", node, nil)
	var where struct {
		Quads [][]float64 `json:"quads"`
	}
	p.call(t, "DOM.getContentQuads", node, &where)
	if len(where.Quads) == 0 {
		t.Fatalf("chromium: %s is not to be seen", selector)
	}
	q := where.Quads[0]
	at := map[string]any{"x": (q[0] + q[4]) / 2, "y": (q[1] + q[5]) / 2, "button": "left", "clickCount": 1}
	p.load(t, "a click at "+selector, func() {
		for _, kind := range []string{"mousePressed", "mouseReleased"} {
			at["type"] = kind
			p.call(t, "Input.dispatchMouseEvent", at, nil)
		}
	})
}

// Press presses a key: Tab or Enter.
func (p *Page) Press(t testing.TB, key string) {
	t.Helper()
	code := map[string]int{"Tab": 9, "Enter": 13}[key]
	event := map[string]any{"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code}
	if key == "Enter" {
		event["text"] = "\r"
	}
	p.call(t, "Input.dispatchKeyEvent", event, nil)
	p.call(t, "Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": key,
		"windowsVirtualKeyCode": code}, nil)
}

// Submit presses Enter in the element that has the focus, and waits for the document that this loads.
func (p *Page) Submit(t testing.TB) {
	t.Helper()
	p.load(t, "Enter", func() { p.Press(t, "Enter") })
}

// Focused returns what has the focus: its tag with its name or text.
func (p *Page) Focused(t testing.TB) (what string) {
	t.Helper()
	p.value(t, "(e => e.tagName + ' ' + (e.name || e.innerText || ''))(document.activeElement)", &what)
	return strings.TrimSpace(what)
}

// Unlabeled returns how many fields have neither a label nor a name for screen readers.
func (p *Page) Unlabeled(t testing.TB) (n int) {
	t.Helper()
	p.value(t, "[...document.querySelectorAll('input:not([type=hidden]),select,textarea')]"+
		".filter(e => !e.labels.length && !e.getAttribute('aria-label')).length", &n)
	return n
}

// Width returns how many pixels the document needs from left to right.
func (p *Page) Width(t testing.TB) (pixels int) {
	t.Helper()
	p.value(t, "document.documentElement.scrollWidth", &pixels)
	return pixels
}

// Screenshot returns a picture of the window as PNG.
func (p *Page) Screenshot(t testing.TB) []byte {
	t.Helper()
	var shot struct {
		Data string `json:"data"`
	}
	p.call(t, "Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		t.Fatal(err)
	}
	return png
}
