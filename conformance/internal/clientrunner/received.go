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

// receivedRequest is a request and the response to it.
type receivedRequest struct {
	raw        []byte // as read from the connection
	request    *http.Request
	body       []byte // without chunk headers
	parseErr   error  // why it is not a valid request
	receivedAt time.Time

	reply      reply
	sent       []byte // head and body of the response
	finishedAt time.Time
	writeErr   error // why it was not sent completely; nil if the script cuts it
}

// message returns the request as input of a signature.
func (r *receivedRequest) message() signature.Message {
	return signature.MessageOf(r.request, r.body)
}

// maxRequestBytes limits the size of a request.
const maxRequestBytes = 1 << 20

var errTooLong = errors.New("the request is longer than 1 MiB")

// recordingConn reads from a connection and records the bytes.
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

// reader reads the requests of one connection.
type reader struct {
	conn *recordingConn
	*bufio.Reader
}

func newReader(conn net.Conn) *reader {
	t := &recordingConn{conn: conn}
	return &reader{conn: t, Reader: bufio.NewReader(t)}
}

// next reads the next request. It returns nil if the connection ends before a request
// starts.
func (r *reader) next() *receivedRequest {
	if _, err := r.Peek(1); err != nil {
		return nil
	}
	received := &receivedRequest{}
	received.request, received.parseErr = http.ReadRequest(r.Reader)
	if received.parseErr == nil {
		if strings.EqualFold(received.request.Header.Get("Expect"), "100-continue") {
			_, _ = io.WriteString(r.conn.conn, "HTTP/1.1 100 Continue\r\n\r\n") // an error shows when the body is read
		}
		received.body, received.parseErr = io.ReadAll(received.request.Body)
	}
	read := len(r.conn.recorded) - r.Buffered() // the buffered bytes belong to the next request
	received.raw = append([]byte(nil), r.conn.recorded[:read]...)
	r.conn.recorded = append([]byte(nil), r.conn.recorded[read:]...)
	return received
}
