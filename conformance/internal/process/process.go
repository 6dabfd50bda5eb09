// Package process runs a client adapter as a child process and calls it by the
// protocol of package adapters.
package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/redact"
	"github.com/esacert/esacert/conformance/internal/truncate"
)

// Command describes how to start an adapter.
type Command struct {
	Path string
	Args []string
	Dir  string   // working directory; default: the caller's
	Env  []string // whole environment as KEY=value; nil: the caller's
}

// Process is a running adapter. It is safe for concurrent use.
type Process struct {
	cmd    *exec.Cmd
	stderr *tailBuffer
	grace  time.Duration // how long it may take to exit after the end of its input

	secrets redact.Secrets // of all requests
	writing sync.Mutex
	stdin   io.WriteCloser

	mu      sync.Mutex
	waiting map[string]chan adapters.Result
	failure error         // why no further result will arrive
	done    chan struct{} // closed once failure is set and the process has exited
}

// maxLineBytes limits the length of a result.
const maxLineBytes = 4 << 20

// Start starts an adapter. The caller must call Close. The adapter is killed when
// ctx is done.
func Start(ctx context.Context, command Command) (*Process, error) {
	cmd := exec.CommandContext(ctx, command.Path, command.Args...) //nolint:gosec // the caller names the adapter
	cmd.Dir, cmd.Env = command.Dir, command.Env
	p := &Process{
		cmd: cmd, stderr: &tailBuffer{}, grace: 15 * time.Second,
		waiting: map[string]chan adapters.Result{}, done: make(chan struct{}),
	}
	cmd.Stderr = p.stderr
	cmd.WaitDelay = 10 * time.Second // a grandchild may hold the pipes open
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start adapter %s: %w", command.Path, err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start adapter %s: %w", command.Path, err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start adapter %s: %w", command.Path, err)
	}
	p.stdin = stdin
	go p.read(stdout)
	return p, nil
}

// Call sends a request to the adapter and waits for its result. It returns
// *ExitError if the adapter has exited, *ProtocolError if it printed a line that is
// not a result, and *TimeoutError if ctx was done first. An adapter that broke
// the protocol receives no further calls, because its results can no longer be
// matched to requests. The secrets of all requests so far are redacted in the result
// and in the error.
func (p *Process) Call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	line, err := json.Marshal(request) //nolint:gosec // the adapter needs the keys to sign
	if err != nil {
		return adapters.Result{}, fmt.Errorf("call adapter: %w", err)
	}
	p.secrets.Add(request.AccessKeySecret, request.SecurityToken, request.BearerToken)
	inbox, err := p.addWaiter(request.ID)
	if err != nil {
		return adapters.Result{}, err
	}
	defer p.removeWaiter(request.ID)
	go p.send(append(line, '\n'))
	select {
	case result := <-inbox:
		return p.redactResult(result), nil
	case <-p.done:
		select { // a result may have arrived just before the exit
		case result := <-inbox:
			return p.redactResult(result), nil
		default:
			return adapters.Result{}, p.exitErr()
		}
	case <-ctx.Done():
		return adapters.Result{}, &TimeoutError{ID: request.ID, Cause: context.Cause(ctx), Stderr: p.stderrTail()}
	}
}

// Close closes the input of the adapter and waits until it exits; after 15 seconds
// it is killed. It returns an error if the adapter had to be killed or exited
// with a code other than 0.
func (p *Process) Close() error {
	_ = p.stdin.Close() // an error of a second close, or after the exit, adds nothing
	select {
	case <-p.done:
	case <-time.After(p.grace):
		_ = p.cmd.Process.Kill() // fails only if it has just exited
		<-p.done
		return fmt.Errorf("adapter did not exit within %s after the end of its input", p.grace)
	}
	if violation := new(ProtocolError); errors.As(p.exitErr(), &violation) {
		return nil // Call reported it, and the process was killed for it
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return p.exitErr()
	}
	return nil
}

func (p *Process) addWaiter(id string) (<-chan adapters.Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure != nil {
		return nil, p.failure
	}
	if _, taken := p.waiting[id]; taken {
		return nil, fmt.Errorf("call adapter: a call with id %q is in progress", id)
	}
	inbox := make(chan adapters.Result, 1)
	p.waiting[id] = inbox
	return inbox, nil
}

func (p *Process) removeWaiter(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, waiting := p.waiting[id]; waiting {
		p.waiting[id] = nil // a late result is not a protocol error
	}
}

func (p *Process) exitErr() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

// send runs in its own goroutine, so that an adapter that does not read cannot
// block a caller past its context.
func (p *Process) send(line []byte) {
	p.writing.Lock()
	defer p.writing.Unlock()
	_, _ = p.stdin.Write(line) // a broken pipe shows as the exit of the process
}

// read delivers results until the adapter exits or breaks the protocol.
func (p *Process) read(stdout io.Reader) {
	defer close(p.done)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxLineBytes)
	var violation *ProtocolError
	for violation == nil && lines.Scan() {
		violation = p.deliver(lines.Bytes())
	}
	if err := lines.Err(); violation == nil && err != nil {
		violation = &ProtocolError{Cause: err}
	}
	if violation != nil {
		_ = p.cmd.Process.Kill() // fails only if it has exited
	}
	waitErr := p.cmd.Wait()
	stderr := p.stderrTail()
	p.mu.Lock()
	defer p.mu.Unlock()
	if violation != nil {
		violation.Stderr = stderr
		p.failure = violation
		return
	}
	p.failure = &ExitError{Cause: waitErr, Stderr: stderr}
}

func (p *Process) deliver(line []byte) *ProtocolError {
	result, err := adapters.ParseResult(line)
	if err != nil {
		return p.violation(line, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	inbox, known := p.waiting[result.ID]
	if !known {
		return p.violation(line, fmt.Errorf("no call has id %q", result.ID))
	}
	delete(p.waiting, result.ID)
	if inbox != nil {
		inbox <- result
	}
	return nil
}

// violation redacts the whole line before it is truncated, because the end of a
// truncated line may be a part of a secret.
func (p *Process) violation(line []byte, cause error) *ProtocolError {
	r := p.secrets.Redactor()
	return &ProtocolError{Line: truncate.Quote(r.String(string(line)), maxLine), Cause: r.Error(cause)}
}

// stderrTail returns the end of the standard error without secrets.
func (p *Process) stderrTail() string {
	tail, truncated := p.stderr.tail()
	r := p.secrets.Redactor()
	tail = r.String(tail)
	if truncated { // the beginning may be a part of a secret
		tail = tail[min(len(tail), r.MaxLen()):]
	}
	return tail[max(0, len(tail)-maxStderr):]
}

// maxStderr is the number of bytes of the standard error that an error contains.
const maxStderr = 2048

// maxLine is the number of bytes of a line that an error quotes.
const maxLine = 200
