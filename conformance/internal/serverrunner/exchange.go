package serverrunner

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/suite"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// maxResponseBytes is how much of an answer is read. The documented answers have a few
// hundred bytes; a server that sends without end must not fill memory.
const maxResponseBytes = 4 << 20

// response is what came back for one request.
type response struct {
	status int
	header http.Header
	body   []byte
	// err says why there is no answer, or only a part of one.
	err      error
	sent     []byte
	received []byte
	duration time.Duration
	local    string // our address, by which a handler knows the connection
}

// timedOut says that the time was over before the whole answer was there.
func (a *response) timedOut() bool {
	return errors.Is(a.err, os.ErrDeadlineExceeded) || errors.Is(a.err, context.DeadlineExceeded) || errors.Is(a.err, context.Canceled)
}

// empty says that not one byte came back.
func (a *response) empty() bool { return a.err != nil && len(a.received) == 0 }

// exchange sends bytes over a connection of their own and reads one answer. A
// connection is not used twice: what one case leaves behind in it would be the
// next one's.
func (e *endpoint) exchange(ctx context.Context, request []byte, method string) *response {
	start := time.Now()
	conn, failed := e.connect(ctx, request)
	if failed != nil {
		return failed
	}
	return writeAndRead(ctx, conn, request, method, start)
}

// connect gives a connection, or the answer that there is without one.
func (e *endpoint) connect(ctx context.Context, request []byte) (net.Conn, *response) {
	start := time.Now()
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, &response{sent: request, err: fmt.Errorf("connect to %s: %w", e.address, err), duration: time.Since(start)}
	}
	return conn, nil
}

// writeAndRead writes a request and reads its answer, both at once: a server may
// refuse a large request before it has read all of it. It closes the
// connection.
func writeAndRead(ctx context.Context, conn net.Conn, request []byte, method string, start time.Time) *response {
	a := &response{sent: request, local: conn.LocalAddr().String()}
	stop := context.AfterFunc(ctx, func() {
		// The time is over, or the run is stopped: nobody waits any more.
		_ = conn.SetDeadline(time.Unix(1, 0))
	})
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(request)
		written <- err
	}()
	var record bytes.Buffer
	limited := io.LimitReader(conn, maxResponseBytes)
	a.err = a.read(bufio.NewReader(io.TeeReader(limited, &record)), method)
	if record.Len() == maxResponseBytes {
		a.err = fmt.Errorf("the answer has more than the %d bytes that are read", maxResponseBytes)
	}
	a.duration = time.Since(start)
	stop()
	// Closing ends a write that the server never took, or that has not begun; that
	// it then fails tells nothing that the answer, or its absence, does not.
	closed := conn.Close()
	writeErr := <-written
	a.received = record.Bytes()
	if a.empty() && writeErr != nil && !errors.Is(writeErr, net.ErrClosed) && closed == nil && !a.timedOut() {
		a.err = fmt.Errorf("send the request: %w", writeErr)
	}
	if a.timedOut() {
		a.err = fmt.Errorf("the answer was not whole after %s: %w", a.duration.Round(time.Millisecond), a.err)
	}
	return a
}

// read reads the final answer; those that only inform are passed over.
func (a *response) read(r *bufio.Reader, method string) error {
	for {
		response, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return fmt.Errorf("read the answer: %w", err)
		}
		informs := response.StatusCode >= 100 && response.StatusCode < 200 && response.StatusCode != http.StatusSwitchingProtocols
		a.status, a.header = response.StatusCode, response.Header
		a.body, err = io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			return fmt.Errorf("read the body of the answer: %w", err)
		}
		if !informs {
			return nil
		}
	}
}

// maxRecordBytes is how much of a request or a response a report shows. Cases that
// exceed a limit repeat one letter a million times.
const maxRecordBytes = 16 << 10

// record returns what a report shows.
func (a *response) record(r *redact.Redactor) suite.Exchange {
	x := suite.Exchange{Request: redactAndTruncate(a.sent, r), Response: redactAndTruncate(a.received, r), Duration: a.duration}
	if a.err != nil {
		x.Error = r.String(a.err.Error())
	}
	return x
}

// redactAndTruncate redacts and truncates a message. It redacts twice as much as it shows, and
// drops the end of that, which may be a part of a secret.
func redactAndTruncate(message []byte, r *redact.Redactor) string {
	window := message[:min(len(message), 2*maxRecordBytes)]
	clean := r.String(string(window))
	keep := len(clean)
	if len(window) < len(message) {
		keep = max(0, keep-r.MaxLen())
	}
	keep = min(keep, maxRecordBytes)
	if keep == len(clean) {
		return clean
	}
	return clean[:keep] + truncate.More(len(message)-keep)
}
