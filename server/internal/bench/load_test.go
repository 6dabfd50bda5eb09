package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/servertest"
)

// requests are signed before the clock starts, so that as little as possible of
// a client is measured.
type requests struct {
	wire  [][]byte
	taken atomic.Int64
}

// next returns a request that was not sent before, or false if all were sent.
func (r *requests) next() ([]byte, bool) {
	n := r.taken.Add(1)
	if n > int64(len(r.wire)) {
		return nil, false
	}
	return r.wire[n-1], true
}

// sign returns count requests as the vendor's Go SDK sends them, each for the
// name that domain returns.
func sign(b *testing.B, count int, host string, site int64, domain func() string, serial *atomic.Uint64) *requests {
	b.Helper()
	all := &requests{wire: make([][]byte, count)}
	key := signature.Key{ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}
	now := time.Now()
	for i := range all.wire {
		url := "http://" + host + "/?SiteId=" + strconv.FormatInt(site, 10) + "&Domains=" + domain() + "&Type=lets_encrypt"
		r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Accept", "application/json")
		r.Header.Set("X-Acs-Action", esaops.ApplyCertificate.Action)
		r.Header.Set("X-Acs-Version", esaapi.Version)
		if err := signature.SignACS3(r, nil, key, now, strconv.FormatUint(serial.Add(1), 16)); err != nil {
			b.Fatal(err)
		}
		var wire bytes.Buffer
		if err := r.Write(&wire); err != nil {
			b.Fatal(err)
		}
		all.wire[i] = wire.Bytes()
	}
	return all
}

// send sends requests over the given number of connections for one round and
// returns the responses per second. Each response must have the given status.
func (r *requests) send(b *testing.B, address string, connections, status int) float64 {
	b.Helper()
	var (
		wg    sync.WaitGroup
		total atomic.Int64
		conns = make([]net.Conn, connections)
	)
	for i := range conns {
		conns[i] = dial(b, address)
	}
	start := time.Now()
	deadline := start.Add(roundTime)
	for _, conn := range conns {
		wg.Go(func() {
			n, err := r.sendOn(conn, status, deadline)
			total.Add(n)
			if err = errors.Join(err, conn.Close()); err != nil {
				b.Error(err)
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return float64(total.Load()) / time.Since(start).Seconds()
}

func (r *requests) sendOn(conn net.Conn, status int, deadline time.Time) (sent int64, err error) {
	in := bufio.NewReaderSize(conn, 8<<10)
	for time.Now().Before(deadline) {
		request, ok := r.next()
		if !ok {
			return sent, nil // all requests are sent, which only shortens the round
		}
		if _, err := conn.Write(request); err != nil {
			return sent, err
		}
		if err := readResponse(in, status); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

func dial(b *testing.B, address string) net.Conn {
	b.Helper()
	conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	return conn
}

// readResponse reads one response without allocating.
func readResponse(r *bufio.Reader, status int) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	got, err := strconv.Atoi(string(line[9:12]))
	if err != nil || got != status {
		rest, _ := r.Peek(r.Buffered())
		return fmt.Errorf("want status %d, got %s%s", status, line, rest)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("read response header: %w", err)
		}
		if len(line) <= len("\r\n") {
			break
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("response has no Content-Length")
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return err
}
