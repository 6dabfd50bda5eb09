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
type arrival struct {
	raw     []byte // all that was read of it
	request *http.Request
	body    []byte // chunks joined
	broken  error  // why it is no request
	at      time.Time

	reply   reply
	sent    []byte // of the answer, head and body
	ended   time.Time
	failure error // why it was not sent whole; nil where that was meant
}

// message is the request as signatures see it.
func (a *arrival) message() signature.Message { return signature.MessageOf(a.request, a.body) }

// maxRequest is the longest request that is read, in bytes.
const maxRequest = 1 << 20

var errTooLong = errors.New("the request is longer than 1 MiB")

// tape reads from a connection and keeps what it has read.
type tape struct {
	conn net.Conn
	kept []byte
}

func (t *tape) Read(p []byte) (int, error) {
	left := maxRequest - len(t.kept)
	if left <= 0 {
		return 0, errTooLong
	}
	n, err := t.conn.Read(p[:min(len(p), left)])
	t.kept = append(t.kept, p[:n]...)
	return n, err
}

// reader reads requests off one connection.
type reader struct {
	tape *tape
	*bufio.Reader
}

func newReader(conn net.Conn) *reader {
	t := &tape{conn: conn}
	return &reader{tape: t, Reader: bufio.NewReader(t)}
}

// next waits for a request and reads it whole; nil if the connection ends
// before one begins.
func (r *reader) next() *arrival {
	if _, err := r.Peek(1); err != nil {
		return nil
	}
	a := &arrival{}
	a.request, a.broken = http.ReadRequest(r.Reader)
	if a.broken == nil {
		if strings.EqualFold(a.request.Header.Get("Expect"), "100-continue") {
			_, _ = io.WriteString(r.tape.conn, "HTTP/1.1 100 Continue\r\n\r\n") // a failure shows when the body is read
		}
		a.body, a.broken = io.ReadAll(a.request.Body)
	}
	read := len(r.tape.kept) - r.Buffered() // what is buffered belongs to the next
	a.raw = append([]byte(nil), r.tape.kept[:read]...)
	r.tape.kept = append([]byte(nil), r.tape.kept[read:]...)
	return a
}
