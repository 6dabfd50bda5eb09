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

// maxResponseBytes limits the size of a response, so that an endless one does not
// fill memory. Documented responses have a few hundred bytes.
const maxResponseBytes = 4 << 20

// response is the response to one request.
type response struct {
	status   int
	header   http.Header
	body     []byte
	err      error // why the response is missing or incomplete
	sent     []byte
	received []byte
	duration time.Duration
	local    string // local address, which is the remote address for a handler
}

// timedOut reports whether the response was incomplete when the context was done.
func (r *response) timedOut() bool {
	return errors.Is(r.err, os.ErrDeadlineExceeded) || errors.Is(r.err, context.DeadlineExceeded) || errors.Is(r.err, context.Canceled)
}

// empty reports whether no byte was received.
func (r *response) empty() bool { return r.err != nil && len(r.received) == 0 }

// exchange sends a request over a new connection and reads one response. It does not
// reuse connections, because the rest of one case would reach the next.
func (e *endpoint) exchange(ctx context.Context, request []byte, method string) *response {
	start := time.Now()
	conn, failed := e.connect(ctx, request)
	if failed != nil {
		return failed
	}
	return writeAndRead(ctx, conn, request, method, start)
}

// connect returns a new connection, or the failed response to return without one.
func (e *endpoint) connect(ctx context.Context, request []byte) (net.Conn, *response) {
	start := time.Now()
	conn, err := e.dial(ctx)
	if err != nil {
		return nil, &response{sent: request, err: fmt.Errorf("connect to %s: %w", e.address, err), duration: time.Since(start)}
	}
	return conn, nil
}

// writeAndRead writes a request and reads its response. It does both concurrently,
// because a server may reject a large request before reading all of it. It closes the
// connection.
func writeAndRead(ctx context.Context, conn net.Conn, request []byte, method string, start time.Time) *response {
	resp := &response{sent: request, local: conn.LocalAddr().String()}
	stop := context.AfterFunc(ctx, func() {
		_ = conn.SetDeadline(time.Unix(1, 0)) // in the past: reads and writes fail
	})
	written := make(chan error, 1)
	go func() {
		_, err := conn.Write(request)
		written <- err
	}()
	var record bytes.Buffer
	limited := io.LimitReader(conn, maxResponseBytes)
	resp.err = resp.read(bufio.NewReader(io.TeeReader(limited, &record)), method)
	if record.Len() == maxResponseBytes {
		resp.err = fmt.Errorf("response exceeds %d bytes", maxResponseBytes)
	}
	resp.duration = time.Since(start)
	stop()
	// Close ends a write that the server does not read. The error of that write is
	// ignored below, because the read reports the failure.
	closed := conn.Close()
	writeErr := <-written
	resp.received = record.Bytes()
	if resp.empty() && writeErr != nil && !errors.Is(writeErr, net.ErrClosed) && closed == nil && !resp.timedOut() {
		resp.err = fmt.Errorf("send request: %w", writeErr)
	}
	if resp.timedOut() {
		resp.err = fmt.Errorf("incomplete response after %s: %w", resp.duration.Round(time.Millisecond), resp.err)
	}
	return resp
}

// read reads the final response and skips informational ones.
func (r *response) read(reader *bufio.Reader, method string) error {
	for {
		resp, err := http.ReadResponse(reader, &http.Request{Method: method})
		if err != nil {
			return fmt.Errorf("read response: %w", err)
		}
		informational := resp.StatusCode >= 100 && resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols
		r.status, r.header = resp.StatusCode, resp.Header
		r.body, err = io.ReadAll(resp.Body)
		if err := errors.Join(err, resp.Body.Close()); err != nil {
			return fmt.Errorf("read response body: %w", err)
		}
		if !informational {
			return nil
		}
	}
}

// maxRecordBytes limits the size of a request or response in a report. Cases that
// exceed a limit of the server repeat one letter a million times.
const maxRecordBytes = 16 << 10

// record returns the exchange for the report.
func (r *response) record(redactor *redact.Redactor) suite.Exchange {
	x := suite.Exchange{Request: redactAndTruncate(r.sent, redactor), Response: redactAndTruncate(r.received, redactor), Duration: r.duration}
	if r.err != nil {
		x.Error = redactor.String(r.err.Error())
	}
	return x
}

// redactAndTruncate returns a message without secrets, at most maxRecordBytes long.
func redactAndTruncate(message []byte, r *redact.Redactor) string {
	kept, omitted := r.Truncate(message, maxRecordBytes)
	return kept + truncate.More(omitted)
}
