package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/server/servertest"
)

// requests are signed before the clock runs, so that what is measured is the
// server and as little of a client as can be.
type requests struct {
	wire  [][]byte
	taken atomic.Int64
}

// next gives a request that was not sent before; false when all were sent.
func (r *requests) next() ([]byte, bool) {
	n := r.taken.Add(1)
	if n > int64(len(r.wire)) {
		return nil, false
	}
	return r.wire[n-1], true
}

// signed makes count requests as the vendor's Go SDK sends them. Domain gives
// the name that each applies for.
func signed(count int, host string, site int64, domain func(int) string, serial *atomic.Uint64) (*requests, error) {
	all := &requests{wire: make([][]byte, count)}
	now := time.Now()
	for i := range all.wire {
		url := "http://" + host + "/?SiteId=" + strconv.FormatInt(site, 10) + "&Domains=" + domain(i) + "&Type=lets_encrypt"
		r, err := http.NewRequest(http.MethodPost, url, nil) //nolint:noctx // it is only written down
		if err != nil {
			return nil, err
		}
		r.Header.Set("Accept", "application/json")
		r.Header.Set("X-Acs-Action", esaapi.Action)
		r.Header.Set("X-Acs-Version", esaapi.Version)
		key := signature.Key{ID: servertest.AccessKeyID, Secret: servertest.AccessKeySecret}
		if err := signature.SignACS3(r, nil, key, now, strconv.FormatUint(serial.Add(1), 16)); err != nil {
			return nil, err
		}
		var wire bytes.Buffer
		if err := r.Write(&wire); err != nil {
			return nil, err
		}
		all.wire[i] = wire.Bytes()
	}
	return all, nil
}

// send sends requests over many connections for a while and returns answers
// per second. Each answer must have the status given.
func send(ctx context.Context, address string, all *requests, connections, status int, d time.Duration) (float64, error) {
	var (
		wg    sync.WaitGroup
		total atomic.Int64
		mu    sync.Mutex
		errs  []error
		first = make([]net.Conn, connections)
	)
	for i := range first {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return 0, err
		}
		first[i] = conn
	}
	start := time.Now()
	deadline := start.Add(d)
	for _, conn := range first {
		wg.Go(func() {
			n, err := sendOn(conn, all, status, deadline)
			total.Add(n)
			if err = errors.Join(err, conn.Close()); err != nil {
				mu.Lock()
				errs = append(errs, err)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return float64(total.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

func sendOn(conn net.Conn, all *requests, status int, deadline time.Time) (sent int64, err error) {
	r := bufio.NewReaderSize(conn, 8<<10)
	for time.Now().Before(deadline) {
		request, ok := all.next()
		if !ok {
			return sent, nil // all were sent before the time was up, which only makes the round shorter
		}
		if _, err := conn.Write(request); err != nil {
			return sent, err
		}
		if err := readAnswer(r, status); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

// readAnswer reads one answer and allocates nothing.
func readAnswer(r *bufio.Reader, status int) error {
	line, err := r.ReadSlice('\n')
	if err != nil {
		return fmt.Errorf("read an answer: %w", err)
	}
	got, err := strconv.Atoi(string(line[9:12]))
	if err != nil || got != status {
		rest, _ := r.Peek(r.Buffered())
		return fmt.Errorf("status %d was expected: %s%s", status, line, rest)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("read an answer: %w", err)
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
		return errors.New("an answer without Content-Length")
	}
	_, err = io.CopyN(io.Discard, r, int64(length))
	return err
}
