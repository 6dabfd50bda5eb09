package clientrunner

import (
	"context"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/process"
)

// Subject is a client under test.
type Subject struct {
	name     string
	parallel int // how many cases run at once unless Options say
	start    func(ctx context.Context) (instance, error)
}

// Name is how reports call the subject.
func (s Subject) Name() string { return s.name }

// caller makes calls, one at a time.
type instance interface {
	call(ctx context.Context, request adapters.Request) (adapters.Result, error)
	// starting reports whether it is a program that has given no result yet.
	isStarting() bool
	// leave ends the caller. One that is given up is not asked to leave in peace.
	close(kill bool) error
}

// Command is a client behind an adapter program. Each program is given one call
// at a time, so that one that dies is known to die of that call; cases run at
// once in several programs.
func Command(name string, command process.Command) Subject {
	const programs = 4
	return Subject{name: name, parallel: programs, start: func(ctx context.Context) (instance, error) {
		ctx, kill := context.WithCancel(ctx)
		started, err := process.Start(ctx, command)
		if err != nil {
			kill()
			return nil, err
		}
		return &program{Process: started, kill: kill}, nil
	}}
}

type program struct {
	*process.Process
	kill   context.CancelFunc
	called bool
}

func (p *program) isStarting() bool { return !p.called }

func (p *program) call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	p.called = true
	return p.Call(ctx, request)
}

func (p *program) close(kill bool) error {
	defer p.kill()
	if kill {
		p.kill()
		_ = p.Close() // says that it was killed
		return nil
	}
	return p.Close()
}

// Func is a client behind a Go func. Its context ends with the time-out of the
// request, and its calls come from several goroutines. It need not set ID and
// OK of a result.
func Func(name string, call adapters.Handler) Subject {
	const atOnce = 16
	return Subject{name: name, parallel: atOnce, start: func(context.Context) (instance, error) {
		return function(call), nil
	}}
}
