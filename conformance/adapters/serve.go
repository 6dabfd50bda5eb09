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

// Handler makes one call with the client under test. Its context expires with
// the timeout of the request. Serve sets ID and OK of the result.
type Handler func(ctx context.Context, request Request) Result

// Serve reads requests from in until EOF, calls the handler for each in order, and
// writes the results to out. The result of an invalid line, or of a call that
// panics, is an error of KindOther. Serve returns an error if in cannot be read
// or out cannot be written.
func Serve(ctx context.Context, in io.Reader, out io.Writer, call Handler) error {
	lines := bufio.NewReader(in)
	for {
		line, readErr := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if err := write(out, handle(ctx, line, call)); err != nil {
				return err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return nil
		}
		if readErr != nil {
			return fmt.Errorf("adapter: read request: %w", readErr)
		}
	}
}

func handle(ctx context.Context, line []byte, call Handler) (result Result) {
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
		err = encoder.Encode(failed(result.ID, "result cannot be encoded as JSON: "+err.Error()))
		if err != nil {
			return fmt.Errorf("adapter: write result: %w", err)
		}
	}
	if _, err := out.Write(line.Bytes()); err != nil {
		return fmt.Errorf("adapter: write result: %w", err)
	}
	return nil
}
