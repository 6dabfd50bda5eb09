package clientrunner

import (
	"context"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/gen/esaops"
)

// Subject is a client under test.
type Subject struct {
	name     string
	parallel int // default of Options.Parallel
	start    func(ctx context.Context) (instance, error)
}

// Name returns the name of the subject in reports.
func (s Subject) Name() string { return s.name }

// instance is a running client. It makes one call at a time.
type instance interface {
	call(ctx context.Context, request adapters.Request) (adapters.Result, error)
	// isStarting reports whether it is a program that has not been called yet.
	isStarting() bool
	// close ends the client, and kills it if kill is set.
	close(kill bool) error
}

// Command returns a client behind an adapter program. Each process makes one call at a
// time, so that a crash can be attributed to a case. Cases run concurrently in several
// processes.
func Command(name string, command process.Command) Subject {
	const processes = 4
	return Subject{name: name, parallel: processes, start: func(ctx context.Context) (instance, error) {
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
	if request.Operation == esaops.ApplyCertificate.Action {
		request.Operation = "" // the default, so that adapters that know no other operation pass their cases
	}
	return p.Call(ctx, request)
}

func (p *program) close(kill bool) error {
	defer p.kill()
	if kill {
		p.kill()
		_ = p.Close() // it only reports the kill
		return nil
	}
	return p.Close()
}

// Func returns a client behind a Go func. The context of a call expires with the timeout
// of the request. The func must be safe for concurrent use. It need not set ID and OK of
// the result.
func Func(name string, call adapters.Handler) Subject {
	const goroutines = 16
	return Subject{name: name, parallel: goroutines, start: func(context.Context) (instance, error) {
		return function(call), nil
	}}
}
