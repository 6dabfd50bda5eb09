package adapters

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// Command says how an adapter is started.
type Command struct {
	Path string
	Args []string
	Dir  string   // working directory; empty is the caller's
	Env  []string // whole environment as KEY=value; nil is the caller's
}

// Program is a running adapter. Its methods may be called concurrently.
type Program struct {
	cmd    *exec.Cmd
	stderr *tail
	grace  time.Duration // how long it may take to leave after its input has ended

	writing sync.Mutex
	stdin   io.WriteCloser

	mu      sync.Mutex
	waiting map[string]chan Result
	failure error         // why no further result will come
	ended   chan struct{} // closed once failure is set and the process is gone
}

// maxLine is the longest result that is read, in bytes.
const maxLine = 4 << 20

// Start starts an adapter. Whoever starts it calls Close. When ctx ends, the
// adapter is killed.
func Start(ctx context.Context, command Command) (*Program, error) {
	cmd := exec.CommandContext(ctx, command.Path, command.Args...) //nolint:gosec // the adapter that the caller names
	cmd.Dir, cmd.Env = command.Dir, command.Env
	p := &Program{
		cmd: cmd, stderr: &tail{}, grace: 15 * time.Second,
		waiting: map[string]chan Result{}, ended: make(chan struct{}),
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

// Call hands the adapter a request and waits for its result. It returns
// *DiedError when the adapter is gone, *GarbageError when it printed what is no
// result, and *SilentError when ctx ended first. An adapter that printed
// garbage gets no further call, since nobody knows what it answers. The secrets
// of the request are cut out of what the client prints.
func (p *Program) Call(ctx context.Context, request Request) (Result, error) {
	line, err := json.Marshal(request) //nolint:gosec // the adapter needs the keys to sign
	if err != nil {
		return Result{}, fmt.Errorf("call adapter: %w", err)
	}
	inbox, err := p.expect(request.ID)
	if err != nil {
		return Result{}, err
	}
	defer p.forget(request.ID)
	go p.send(append(line, '\n'))
	select {
	case result := <-inbox:
		return request.redacted(result), nil
	case <-p.ended:
		select { // a result may have come just before the end
		case result := <-inbox:
			return request.redacted(result), nil
		default:
			return Result{}, p.why()
		}
	case <-ctx.Done():
		return Result{}, &SilentError{ID: request.ID, Cause: context.Cause(ctx), Stderr: p.stderr.String()}
	}
}

// Close ends the input of the adapter and waits until it has left; one that
// does not leave within fifteen seconds is killed. It returns an error if it had
// to be killed or left with another code than 0.
func (p *Program) Close() error {
	_ = p.stdin.Close() // closing twice, or after it died, says nothing new
	select {
	case <-p.ended:
	case <-time.After(p.grace):
		_ = p.cmd.Process.Kill() // fails only if it left this moment
		<-p.ended
		return fmt.Errorf("adapter did not leave within %s after its input had ended", p.grace)
	}
	if garbage := new(GarbageError); errors.As(p.why(), &garbage) {
		return nil // told by Call, and the process was killed for it
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return p.why()
	}
	return nil
}

func (p *Program) expect(id string) (<-chan Result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure != nil {
		return nil, p.failure
	}
	if _, taken := p.waiting[id]; taken {
		return nil, fmt.Errorf("call adapter: id %q is under way already", id)
	}
	inbox := make(chan Result, 1)
	p.waiting[id] = inbox
	return inbox, nil
}

func (p *Program) forget(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, unanswered := p.waiting[id]; unanswered {
		p.waiting[id] = nil // a late result is no garbage
	}
}

func (p *Program) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failure
}

// send writes on a goroutine of its own, so that an adapter that does not read
// cannot hold up a caller past its context.
func (p *Program) send(line []byte) {
	p.writing.Lock()
	defer p.writing.Unlock()
	_, _ = p.stdin.Write(line) // a broken pipe shows as the end of the process
}

// read hands out the results until the adapter ends or prints garbage.
func (p *Program) read(stdout io.Reader) {
	defer close(p.ended)
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, maxLine)
	var garbage *GarbageError
	for garbage == nil && lines.Scan() {
		garbage = p.deliver(lines.Bytes())
	}
	if err := lines.Err(); garbage == nil && err != nil {
		garbage = &GarbageError{Cause: err}
	}
	if garbage != nil {
		_ = p.cmd.Process.Kill() // fails only if it is gone already
	}
	waitErr := p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if garbage != nil {
		garbage.Stderr = p.stderr.String()
		p.failure = garbage
		return
	}
	p.failure = &DiedError{Cause: waitErr, Stderr: p.stderr.String()}
}

func (p *Program) deliver(line []byte) *GarbageError {
	result, err := ParseResult(line)
	if err != nil {
		return &GarbageError{Line: snippet(line), Cause: err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	inbox, known := p.waiting[result.ID]
	if !known {
		return &GarbageError{Line: snippet(line), Cause: fmt.Errorf("nobody asked for id %q", result.ID)}
	}
	delete(p.waiting, result.ID)
	if inbox != nil {
		inbox <- result
	}
	return nil
}

// snippet quotes the beginning of a line.
func snippet(line []byte) string {
	const most = 200
	if len(line) > most {
		return strconv.Quote(string(line[:most])) + "…"
	}
	return strconv.Quote(string(line))
}
