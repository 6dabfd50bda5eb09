package serverrunner

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// closedPeer is a connection that the peer closed before the request was written.
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

// The error reports what the server did, not that the suite then closed the
// connection.
func TestPeerClosesBeforeRequest(t *testing.T) {
	t.Parallel()
	got := writeAndRead(t.Context(), &closedPeer{closed: make(chan struct{})}, []byte("GET / HTTP/1.1\r\n\r\n"), "GET", time.Now())
	if got.err == nil || !strings.Contains(got.err.Error(), "read response: ") || !got.empty() {
		t.Errorf("got error %v, want the error of reading", got.err)
	}
}
