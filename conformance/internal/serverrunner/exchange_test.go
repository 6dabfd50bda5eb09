package serverrunner

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// closedPeer is a connection whose other side is gone before anything was written.
type closedPeer struct {
	net.Conn
	closed chan struct{}
	once   sync.Once
}

func (*closedPeer) Read([]byte) (int, error)      { return 0, io.EOF }
func (*closedPeer) LocalAddr() net.Addr           { return &net.TCPAddr{} }
func (*closedPeer) SetDeadline(_ time.Time) error { return nil }
func (c *closedPeer) Write([]byte) (int, error)   { <-c.closed; return 0, net.ErrClosed }
func (c *closedPeer) Close() error                { c.once.Do(func() { close(c.closed) }); return nil }

// What the server did is told, not that we have closed the connection since.
func TestPeerClosesBeforeRequest(t *testing.T) {
	t.Parallel()
	got := writeAndRead(t.Context(), &closedPeer{closed: make(chan struct{})}, []byte("GET / HTTP/1.1\r\n\r\n"), "GET", time.Now())
	if got.err == nil || !strings.Contains(got.err.Error(), "read the answer: ") || !got.empty() {
		t.Errorf("got %v, want what reading has found", got.err)
	}
}
