package clientrunner

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// arrival is one request that came, and what was answered.
type receivedRequest struct {
	raw        []byte // all that was read of it
	request    *http.Request
	body       []byte // chunks joined
	parseErr   error  // why it is no request
	receivedAt time.Time

	reply      reply
	sent       []byte // of the answer, head and body
	finishedAt time.Time
	writeErr   error // why it was not sent whole; nil where that was meant
}

// message is the request as signatures see it.
func (a *receivedRequest) message() signature.Message { return signature.MessageOf(a.request, a.body) }

// maxRequest is the longest request that is read, in bytes.
const maxRequestBytes = 1 << 20

var errTooLong = errors.New("the request is longer than 1 MiB")

// tape reads from a connection and keeps what it has read.
type recordingConn struct {
	conn     net.Conn
	recorded []byte
}

func (t *recordingConn) Read(p []byte) (int, error) {
	left := maxRequestBytes - len(t.recorded)
	if left <= 0 {
		return 0, errTooLong
	}
	n, err := t.conn.Read(p[:min(len(p), left)])
	t.recorded = append(t.recorded, p[:n]...)
	return n, err
}

// reader reads requests off one connection.
type reader struct {
	conn *recordingConn
	*bufio.Reader
}

func newReader(conn net.Conn) *reader {
	t := &recordingConn{conn: conn}
	return &reader{conn: t, Reader: bufio.NewReader(t)}
}

// next waits for a request and reads it whole; nil if the connection ends
// before one begins.
func (r *reader) next() *receivedRequest {
	if _, err := r.Peek(1); err != nil {
		return nil
	}
	a := &receivedRequest{}
	a.request, a.parseErr = http.ReadRequest(r.Reader)
	if a.parseErr == nil {
		if strings.EqualFold(a.request.Header.Get("Expect"), "100-continue") {
			_, _ = io.WriteString(r.conn.conn, "HTTP/1.1 100 Continue\r\n\r\n") // a failure shows when the body is read
		}
		a.body, a.parseErr = io.ReadAll(a.request.Body)
	}
	read := len(r.conn.recorded) - r.Buffered() // what is buffered belongs to the next
	a.raw = append([]byte(nil), r.conn.recorded[:read]...)
	r.conn.recorded = append([]byte(nil), r.conn.recorded[read:]...)
	return a
}
