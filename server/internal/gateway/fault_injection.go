package gateway

import (
	"fmt"
	"net"
	"net/http"
)

// ConnResetter is a ResponseWriter without a connection that can simulate a reset
// one. The writer of servertest's transport implements it.
type ConnResetter interface {
	http.ResponseWriter
	// Reset makes the caller see a reset connection instead of a response.
	Reset()
}

// reset closes the connection so that the caller's kernel reports a reset. It calls
// first before the caller can notice.
func reset(w http.ResponseWriter, first func()) error {
	if r, ok := w.(ConnResetter); ok {
		first()
		r.Reset()
		return nil
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("reset the connection: %w", err)
	}
	if tcp, ok := tcpOf(conn); ok {
		// With a linger time of 0, Close sends a reset.
		if err := tcp.SetLinger(0); err != nil {
			return fmt.Errorf("reset the connection: %w", err)
		}
	}
	first()
	if err := conn.Close(); err != nil {
		return fmt.Errorf("reset the connection: %w", err)
	}
	return nil
}

// tcpOf returns the TCP connection below TLS and the listener's wrappers.
func tcpOf(conn net.Conn) (*net.TCPConn, bool) {
	for {
		if tcp, ok := conn.(*net.TCPConn); ok {
			return tcp, true
		}
		layer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return nil, false
		}
		conn = layer.NetConn()
	}
}

// htmlPage is the page of a proxy whose backend does not respond.
const htmlPage = "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head>\r\n" +
	"<body>\r\n<center><h1>503 Service Temporarily Unavailable</h1></center>\r\n</body>\r\n</html>\r\n"

func (g *Gateway) writeHTML503(x *call) error {
	w := x.Response().Writer
	g.setHeaders(w.Header(), x, g.headers.html)
	g.record(x)
	w.WriteHeader(http.StatusServiceUnavailable)
	_, err := w.Write([]byte(htmlPage))
	return err
}
