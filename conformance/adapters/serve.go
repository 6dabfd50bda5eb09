package adapters

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// CallFunc makes one call with the client under test. Its context ends with
// the time-out of the request.
type CallFunc func(ctx context.Context, request Request) Result

// Serve answers the requests on in, in their order, until in ends. A line that
// is no request, and a call that panics, give an error of KindOther; the next
// line is answered all the same. It returns an error when in cannot be read or
// out cannot be written.
func Serve(ctx context.Context, in io.Reader, out io.Writer, call CallFunc) error {
	lines := bufio.NewReader(in)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := write(out, answer(ctx, line, call)); err != nil {
				return err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return fmt.Errorf("adapter: read a request: %w", readErr)
		}
	}
}

func answer(ctx context.Context, line []byte, call CallFunc) (result Result) {
	request, err := ParseRequest(line)
	if err != nil {
		return failed(request.ID, err.Error())
	}
	defer func() {
		if cause := recover(); cause != nil {
			result = failed(request.ID, fmt.Sprint("panic: ", cause))
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, time.Duration(request.TimeoutMs)*time.Millisecond)
	defer cancel()
	result = call(ctx, request)
	result.ID, result.OK = request.ID, result.Error == nil
	return result
}

func failed(id, raw string) Result {
	return Result{ID: id, Error: &Error{Kind: KindOther, Raw: raw}}
}

func write(out io.Writer, result Result) error {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(result); err != nil {
		line.Reset()
		err = encoder.Encode(failed(result.ID, "the result has no JSON form: "+err.Error()))
		if err != nil {
			return fmt.Errorf("adapter: write a result: %w", err)
		}
	}
	if _, err := out.Write(line.Bytes()); err != nil {
		return fmt.Errorf("adapter: write a result: %w", err)
	}
	return nil
}
