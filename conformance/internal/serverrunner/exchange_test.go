package serverrunner

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// hungUp is a connection whose other side is gone before anything was written.
type hungUp struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
}

func (*hungUp) Read([]byte) (int, error)      { return 0, io.EOF }
func (*hungUp) LocalAddr() net.Addr           { return &net.TCPAddr{} }
func (*hungUp) SetDeadline(_ time.Time) error { return nil }
func (c *hungUp) Write([]byte) (int, error)   { <-c.closed; return 0, net.ErrClosed }
func (c *hungUp) Close() error                { c.once.Do(func() { close(c.closed) }); return nil }

// What the server did is told, not that we have closed the connection since.
func TestHungUpBeforeTheRequest(t *testing.T) {
	t.Parallel()
	got := converse(t.Context(), &hungUp{closed: make(chan struct{})}, []byte("GET / HTTP/1.1\r\n\r\n"), "GET", time.Now())
	if got.err == nil || !strings.Contains(got.err.Error(), "read the answer: ") || !got.silent() {
		t.Errorf("got %v, want what reading has found", got.err)
	}
}
