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

// PanicError reports that a func under test panicked.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the func panicked: %v\n%s", e.Value, e.Stack)
}

// errGoexit reports that a func called runtime.Goexit, as t.FailNow does.
var errGoexit = errors.New("the func exited its goroutine without a result; call t.FailNow and t.Fatal only in the goroutine of the test")

// function is a Go func as an instance.
type function adapters.Handler

// call encodes and decodes the result as JSON, so that funcs and programs are judged
// alike. A func that does not return keeps its goroutine, because it cannot be stopped.
func (f function) call(ctx context.Context, request adapters.Request) (adapters.Result, error) {
	type outcome struct {
		result adapters.Result
		err    error
	}
	inbox := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = errGoexit
		defer func() {
			if cause := recover(); cause != nil {
				o.err = &PanicError{Value: cause, Stack: string(debug.Stack())}
			}
			inbox <- o
		}()
		bounded, cancel := context.WithTimeout(ctx, time.Duration(request.TimeoutMs)*time.Millisecond)
		defer cancel()
		o.result, o.err = f(bounded, request), nil
	}()
	select {
	case o := <-inbox:
		if o.err != nil {
			return adapters.Result{}, o.err
		}
		o.result.ID, o.result.OK = request.ID, o.result.Error == nil
		return roundTripJSON(o.result)
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
