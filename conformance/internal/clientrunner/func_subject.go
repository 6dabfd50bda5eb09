package clientrunner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/process"
)

// PanicError says that a func under test has panicked.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the func panicked: %v\n%s", e.Value, e.Stack)
}

// errGoexit is what remains of a func that left its goroutine, as FailNow does.
var errGoexit = errors.New("the func ended its goroutine without a result; t.FailNow and t.Fatal belong to the test's own goroutine")

// function is a Go func as a caller.
type function adapters.Handler

// call gives the result the form that it would have had on the wire, so that a
// func and a program are judged alike. A func that stays silent keeps its
// goroutine; nothing can end it.
func (f function) call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	type answer struct {
		result adapters.Result
		err    error
	}
	inbox := make(chan answer, 1)
	go func() {
		var a answer
		a.err = errGoexit
		defer func() {
			if cause := recover(); cause != nil {
				a.err = &PanicError{Value: cause, Stack: string(debug.Stack())}
			}
			inbox <- a
		}()
		bounded, cancel := context.WithTimeout(ctx, time.Duration(request.TimeoutMs)*time.Millisecond)
		defer cancel()
		a.result, a.err = f(bounded, request), nil
	}()
	select {
	case a := <-inbox:
		if a.err != nil {
			return adapters.Result{}, a.err
		}
		a.result.ID, a.result.OK = request.ID, a.result.Error == nil
		return roundTripJSON(a.result)
	case <-ctx.Done():
		return adapters.Result{}, &process.TimeoutError{ID: request.ID, Cause: context.Cause(ctx)}
	}
}

func (f function) isStarting() bool { return false }

func (f function) close(bool) error { return nil }

func roundTripJSON(result adapters.Result) (adapters.Result, error) {
	line, err := json.Marshal(result)
	if err != nil {
		return adapters.Result{}, &process.ProtocolError{Cause: err}
	}
	parsed, err := adapters.ParseResult(line)
	if err != nil {
		return adapters.Result{}, &process.ProtocolError{Line: string(line), Cause: err}
	}
	return parsed, nil
}
