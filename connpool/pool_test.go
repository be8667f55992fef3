package connpool_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"asterism/connpool"
)

// echo is a connection that is spare until its client has said something.
type echo struct {
	net.Conn
	since time.Time
	asked atomic.Bool
}

func (e *echo) Serve(ended func()) {
	go func() {
		defer ended()
		defer e.Close()
		b := make([]byte, 1)
		if _, err := e.Read(b); err == nil {
			e.asked.Store(true)
			io.Copy(e.Conn, io.MultiReader(newByte(b[0]), e.Conn))
		}
	}()
}

func newByte(b byte) io.Reader { return &one{b: b} }

type one struct {
	b    byte
	done bool
}

func (o *one) Read(p []byte) (int, error) {
	if o.done {
		return 0, io.EOF
	}
	o.done, p[0] = true, o.b
	return 1, nil
}

func (e *echo) Spare(connpool.Room) (time.Time, bool) { return e.since, !e.asked.Load() }

func (e *echo) Drain() {
	if !e.asked.Load() {
		e.Close()
	}
}

func (e *echo) Kill() { e.Close() }

func start(t *testing.T, limit int) (*connpool.Pool, func() net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := connpool.NewPool(limit, "echoes", slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() {
		served <- p.Serve(ln, func(c net.Conn) connpool.Conn { return &echo{Conn: c, since: time.Now()} })
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		p.Shutdown(ctx)
		if err := <-served; !errors.Is(err, connpool.ErrClosed) {
			t.Errorf("Serve returned %v, want ErrClosed", err)
		}
	})
	return p, func() net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp4", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		return conn
	}
}

// says reports whether a connection echoes.
func says(conn net.Conn) bool {
	b := make([]byte, 1)
	if _, err := conn.Write([]byte("x")); err != nil {
		return false
	}
	_, err := conn.Read(b)
	return err == nil
}

func TestTheOldestSpareMakesRoom(t *testing.T) {
	p, dial := start(t, 3)
	busy := dial()
	if !says(busy) {
		t.Fatal("no echo")
	}
	oldest := dial()
	for p.Len() < 2 {
		time.Sleep(time.Millisecond)
	}
	younger := dial()
	for p.Len() < 3 {
		time.Sleep(time.Millisecond)
	}
	if late := dial(); !says(late) {
		t.Error("a new connection finds no room")
	}
	if _, err := oldest.Read(make([]byte, 1)); err == nil {
		t.Error("the oldest is still there")
	}
	if !says(younger) || !says(busy) {
		t.Error("another than the oldest had to go")
	}
	if n := p.Len(); n > 3 {
		t.Errorf("%d connections, want at most 3", n)
	}
}

func TestWithoutASpareTheNewOneWaits(t *testing.T) {
	_, dial := start(t, 1)
	busy := dial()
	if !says(busy) {
		t.Fatal("no echo")
	}
	late := dial()
	late.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if says(late) {
		t.Error("two are served, want one at most")
	}
	busy.Close()
	late.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := late.Read(make([]byte, 1)); err != nil {
		t.Errorf("the waiting one: %v", err)
	}
}

func TestShutdown(t *testing.T) {
	p, dial := start(t, 10)
	busy := dial()
	if !says(busy) {
		t.Fatal("no echo")
	}
	dial() // has nothing in hand
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := p.Shutdown(ctx)
	if err == nil || err.Error() != "1 echoes in progress were aborted: context deadline exceeded" {
		t.Errorf("got %v", err)
	}
	if says(busy) {
		t.Error("a connection outlives the server")
	}
	if err := p.Shutdown(t.Context()); !errors.Is(err, connpool.ErrClosed) {
		t.Errorf("a second time: %v", err)
	}
}

// TestShutdownUnderLoad: whatever is on its way when the server closes, it ends, once.
func TestShutdownUnderLoad(t *testing.T) {
	p, dial := start(t, 2)
	conn := make([]net.Conn, 20)
	for i := range conn {
		conn[i] = dial()
	}
	var wg sync.WaitGroup
	for _, c := range conn {
		wg.Go(func() {
			says(c)
			c.Close()
		})
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func TestBudget(t *testing.T) {
	b := connpool.NewBudget(10)
	mine, yours := connpool.Share{Budget: b}, connpool.Share{Budget: b}
	if !mine.Take(6) || yours.Take(5) || !yours.Take(4) || mine.Take(1) {
		t.Error("more than 10 bytes are to be had, or fewer")
	}
	mine.GiveAll()
	mine.GiveAll()
	if yours.Take(7) || !yours.Take(6) {
		t.Error("what was given back is not to be had once")
	}
}
