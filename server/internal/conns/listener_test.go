package conns

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// serve runs a handler on a bounded listener until the end of the test.
func serve(t *testing.T, inner net.Listener, o Options, handler http.HandlerFunc) *Listener {
	t.Helper()
	l := New(inner, o)
	s := &http.Server{Handler: handler, ReadTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	l.Attach(s)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
	})
	return l
}

func loopback(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

// connect opens a connection and sends the octets.
func connect(t *testing.T, l net.Listener, octets string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, octets); err != nil {
		t.Fatal(err)
	}
	return conn
}

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

// respond reads one response and returns its body.
func respond(t *testing.T, conn net.Conn) string {
	t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	_ = response.Body.Close()
	return string(body)
}

// isClosed waits until the server closes the connection.
func isClosed(t *testing.T, conn net.Conn) {
	t.Helper()
	var late net.Error
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.As(err, &late) && late.Timeout() {
		t.Fatalf("the connection is open: %v", err)
	}
}

// waits polls until the connections of the listener are in these phases.
func waits(t *testing.T, l *Listener, want map[phase]int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		got := map[phase]int{}
		l.mu.Lock()
		for p := range phases {
			for c := l.table.queues[p].first; c != nil; c = c.next {
				got[p]++
			}
		}
		l.mu.Unlock()
		same := len(got) == len(want)
		for p, n := range want {
			same = same && got[p] == n
		}
		if same {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("the phases are %v, want %v", got, want)
		}
	}
}

// At the limit a new connection replaces one that keeps the server
// waiting: an idle one, one without a whole header, one without a whole body.
func TestTheLongestWaitingConnectionIsClosed(t *testing.T) {
	t.Parallel()
	const begun = "GET / HTTP/1.1\r\nHost: a\r\nX:"
	const announced = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"
	read := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		ok(w, r)
	}
	for _, c := range []struct {
		name   string
		first  string // on the connection that is to be closed
		reply  bool   // a response is sent
		others string // on the other
		rest   string // of the request on the other
		phases map[phase]int
	}{
		{"idle before one without a header", get, true, begun, "\r\n\r\n", map[phase]int{idle: 1, heading: 1}},
		{"the older of two without a header", begun, false, "", get, map[phase]int{heading: 2}},
		{"silent before one without a body", "", false, announced, "defghij", map[phase]int{heading: 1, sending: 1}},
		{"the older of two without a body", announced, false, announced, "defghij", map[phase]int{sending: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := serve(t, loopback(t), Options{Limit: 2, Fields: 10}, read)
			first := connect(t, l, c.first)
			if c.reply {
				respond(t, first)
			} else if strings.HasPrefix(c.first, "POST") {
				waits(t, l, map[phase]int{sending: 1})
			} else {
				waits(t, l, map[phase]int{heading: 1})
			}
			other := connect(t, l, c.others)
			waits(t, l, c.phases)
			third := connect(t, l, get)
			if body := respond(t, third); body != "ok" {
				t.Errorf("the third connection got %q", body)
			}
			isClosed(t, first)
			if _, err := io.WriteString(other, c.rest); err != nil {
				t.Fatal(err)
			}
			if body := respond(t, other); body != "ok" {
				t.Errorf("the other connection got %q", body)
			}
		})
	}
}

// A connection whose request is served keeps its place; the next one waits for
// it.
func TestARequestThatIsServedIsNotCut(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-release
		}
		ok(w, r)
	}
	l := serve(t, loopback(t), Options{Limit: 1, Fields: 10}, slow)
	first := connect(t, l, strings.Replace(get, "/", "/slow", 1))
	waits(t, l, map[phase]int{serving: 1})
	second := connect(t, l, get)
	if err := second.SetReadDeadline(time.Now().Add(3 * headingGrace)); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the second connection: %v", err)
	}
	if err := second.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	close(release)
	if body := respond(t, first); body != "ok" {
		t.Errorf("the first connection got %q", body)
	}
	if body := respond(t, second); body != "ok" {
		t.Errorf("the second connection got %q", body)
	}
}

// A handler that does not want the body waits for nothing, so its connection
// keeps its place.
func TestABodyThatIsNotReadKeepsItsPlace(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	l := serve(t, loopback(t), Options{Limit: 1, Fields: 10}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			<-release
		}
		ok(w, r)
	})
	first := connect(t, l, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
	waits(t, l, map[phase]int{serving: 1})
	second := connect(t, l, get)
	if err := second.SetReadDeadline(time.Now().Add(3 * sendingGrace)); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the second connection: %v", err)
	}
	close(release)
	if body := respond(t, first); body != "ok" {
		t.Errorf("the first connection got %q", body)
	}
}

// A caller that does not read its response does not keep a place for ever.
func TestABlockedWriteLosesItsPlace(t *testing.T) {
	t.Parallel()
	large := bytes.Repeat([]byte("x"), 64<<20)
	l := serve(t, loopback(t), Options{Limit: 1, Fields: 10}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = w.Write(large)
			return
		}
		ok(w, r)
	})
	connect(t, l, strings.Replace(get, "/", "/large", 1))
	waits(t, l, map[phase]int{serving: 1})
	if body := respond(t, connect(t, l, get)); body != "ok" {
		t.Errorf("the second connection got %q", body)
	}
}

// A place is released when its connection closes, for whatever reason.
func TestPlacesAreGivenBack(t *testing.T) {
	t.Parallel()
	l := serve(t, loopback(t), Options{Limit: 3, Fields: 10}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic":
			panic(http.ErrAbortHandler)
		case "/hijack":
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.Close()
		default:
			ok(w, r)
		}
	})
	for _, path := range []string{"/", "/panic", "/hijack", "/bad path", "/"} {
		conn := connect(t, l, strings.Replace(get, "/", path, 1))
		_, _ = conn.Read(make([]byte, 1))
		_ = conn.Close()
	}
	waits(t, l, map[phase]int{})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.table.open != 0 {
		t.Errorf("%d connections are counted", l.table.open)
	}
}

// failing is a listener whose Accept fails before it works.
type failing struct {
	net.Listener
	mu     sync.Mutex
	errors []error
}

func (f *failing) Accept() (net.Conn, error) {
	f.mu.Lock()
	if len(f.errors) > 0 {
		err := f.errors[0]
		f.errors = f.errors[1:]
		f.mu.Unlock()
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
	}
	f.mu.Unlock()
	return f.Listener.Accept()
}

// lockedBuffer may be written to by many goroutines.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Running out of descriptors does not end the server, and closes an idle
// connection. Another failure is returned.
func TestAcceptErrors(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	inner := &failing{Listener: loopback(t)}
	begun := time.Now()
	still := func() time.Time { return begun } // nothing but an idle connection loses its place, however slow the machine is
	l := serve(t, inner, Options{Name: "test", Limit: 10, Fields: 10, Logger: slog.New(slog.NewJSONHandler(&log, nil)), Clock: still}, ok)
	first := connect(t, l, get)
	respond(t, first)
	inner.mu.Lock()
	inner.errors = []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ECONNABORTED}
	inner.mu.Unlock()
	for range 2 { // Accept was waiting when the errors were set
		if body := respond(t, connect(t, l, get)); body != "ok" {
			t.Errorf("got %q", body)
		}
	}
	isClosed(t, first)
	if logged := log.String(); strings.Count(logged, "\n") != 1 || !strings.Contains(logged, "accept failed") || !strings.Contains(logged, `"listener":"test"`) || !strings.Contains(logged, "too many open files") {
		t.Errorf("the log is %s", logged)
	}
	broken := New(&failing{Listener: inner, errors: []error{syscall.EBADF}}, Options{})
	if _, err := broken.Accept(); !errors.Is(err, syscall.EBADF) {
		t.Errorf("Accept: %v", err)
	}
}

// A waiting Accept ends when the listener is closed.
func TestCloseEndsAccept(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	defer close(hold)
	l := New(loopback(t), Options{Limit: 1, Fields: 1})
	s := &http.Server{ReadTimeout: time.Minute, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold })}
	l.Attach(s)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	connect(t, l, get)
	waits(t, l, map[phase]int{serving: 1})
	waiting := connect(t, l, get)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	isClosed(t, waiting)
	if err := l.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

// The log says that the limit is reached once, and again after a pause with what
// has happened meanwhile.
func TestTheLogIsRateLimited(t *testing.T) {
	t.Parallel()
	var log lockedBuffer
	var now atomic.Int64
	l := serve(t, loopback(t), Options{
		Name: "test", Limit: 1, Fields: 10, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
		Clock: func() time.Time { return time.Unix(1_000_000+now.Load(), 0) },
	}, ok)
	use := func() {
		conn := connect(t, l, get)
		respond(t, conn)
		waits(t, l, map[phase]int{idle: 1})
	}
	for range 5 {
		use()
	}
	if logged := log.String(); strings.Count(logged, "\n") != 1 || !strings.Contains(logged, `"limit":1`) {
		t.Errorf("the log is %s", logged)
	}
	now.Add(11)
	use()
	logged := log.String()
	if strings.Count(logged, "\n") != 2 || !strings.Contains(logged, `"closed":4`) {
		t.Errorf("the log is %s", logged)
	}
}

// Over TLS the same limits hold, and a handler sees that a
// connection is TLS.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	inner := tls.NewListener(loopback(t), &tls.Config{Certificates: certificate.TLS.Certificates, MinVersion: tls.VersionTLS12})
	l := serve(t, inner, Options{Limit: 1, Fields: 2}, func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil {
			t.Error("the handler does not see that the connection is TLS")
		}
		ok(w, r)
	})
	silent := connect(t, l, "")
	waits(t, l, map[phase]int{heading: 1})
	trust := certificate.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	trust.ServerName = "example.com"
	conn, err := tls.Dial("tcp", l.Addr().String(), trust)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	isClosed(t, silent)
	if _, err := io.WriteString(conn, get); err != nil {
		t.Fatal(err)
	}
	if body := respond(t, conn); body != "ok" {
		t.Errorf("got %q", body)
	}
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nA:\r\nB:\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if body := respond(t, conn); body != "Request Header Fields Too Large" {
		t.Errorf("got %q", body)
	}
}

// A caller that sends a long rejected request to its end can read the response.
func TestALongRejectedRequestGetsItsResponse(t *testing.T) {
	t.Parallel()
	var reasons []Reason
	var mu sync.Mutex
	l := serve(t, loopback(t), Options{Limit: 10, Fields: 10, Target: 1 << 10, Reject: func(why Reason, _ string) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		reasons = append(reasons, why)
		return []byte("HTTP/1.1 431 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"), nil
	}}, ok)
	for _, c := range []struct {
		octets string
		want   Reason
	}{
		{"GET / HTTP/1.1\r\n" + strings.Repeat("A:\r\n", 500_000), TooManyFields},
		{"GET /" + strings.Repeat("a", 2<<20), TargetTooLong},
		{"GET / HTTP/1.1\r\nA:" + strings.Repeat("a", 2<<20), HeaderTooLarge},
		{"GET /" + strings.Repeat("a", 2<<10) + " HTTP/1.1\r\nA:" + strings.Repeat("a", 2<<20), TargetTooLong},
		{"hello\r\n" + strings.Repeat("a", 2<<20), Malformed},
	} {
		if body := respond(t, connect(t, l, c.octets)); body != "no" {
			t.Errorf("got %q", body)
		}
		mu.Lock()
		if got := reasons[len(reasons)-1]; got != c.want {
			t.Errorf("reason %v, want %v", got, c.want)
		}
		mu.Unlock()
	}
}

func TestDivide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		descriptors uint64
		want        Shares
		def         int
	}{
		{0, Shares{API: 7360, Admin: 64, Challenges: 128}, 1000},
		{10, Shares{API: 1, Admin: 1, Challenges: 1}, 1},
		{200, Shares{API: 101, Admin: 25, Challenges: 12}, 101},
		{256, Shares{API: 128, Admin: 32, Challenges: 16}, 128},
		{1024, Shares{API: 576, Admin: 64, Challenges: 64}, 576},
		{1 << 62, Shares{API: 1<<20 - 832, Admin: 64, Challenges: 128}, 1000},
	} {
		got := Divide(c.descriptors)
		if got != c.want || got.Default() != c.def {
			t.Errorf("Divide(%d) = %+v, default %d; want %+v, %d", c.descriptors, got, got.Default(), c.want, c.def)
		}
	}
	if n := Descriptors(); n > 0 && n < 16 {
		t.Errorf("the process may have %d descriptors only", n)
	}
}

// A caller that does not speak TLS can read the response that says so.
func TestWithoutTLS(t *testing.T) {
	t.Parallel()
	certificate := httptest.NewUnstartedServer(nil)
	certificate.StartTLS()
	defer certificate.Close()
	inner := tls.NewListener(loopback(t), &tls.Config{Certificates: certificate.TLS.Certificates, MinVersion: tls.VersionTLS12})
	reasons := make(chan Reason, 1)
	l := serve(t, inner, Options{Limit: 1, Fields: 2, Reject: func(why Reason, _ string) ([]byte, error) {
		reasons <- why
		return []byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"), nil
	}}, func(http.ResponseWriter, *http.Request) { t.Error("the handler was called") })
	if body := respond(t, connect(t, l, get)); body != "no" {
		t.Errorf("got %q", body)
	}
	if why := <-reasons; why != NoTLS {
		t.Errorf("the reason is %d, want %d", why, NoTLS)
	}
}
