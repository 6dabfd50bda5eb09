package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/esacert/esacert/client"
)

// Exit codes, as in the help.
const (
	exitOK                 = 0
	exitFailed             = 1
	exitUsage              = 2
	exitRefused            = 3
	exitConnection         = 4
	exitUnexpectedResponse = 5
	exitCredentials        = 6
	exitRetryable          = 7
	exitInterrupted        = 130 // as shells have it for SIGINT
)

// exitError exits with a code; the error was already printed.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit with code %d", e.code) }

// exitCode returns the exit code of an error of the client.
func exitCode(err error) int {
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	if errors.Is(err, client.ErrStillApplying) {
		return exitConnection
	}
	if _, ok := errors.AsType[*client.InputError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*client.CredentialsError](err); ok {
		return exitCredentials
	}
	if _, ok := errors.AsType[*client.ConnectionError](err); ok {
		return exitConnection
	}
	if _, ok := errors.AsType[*client.CertificateError](err); ok {
		return exitRefused
	}
	if _, ok := errors.AsType[*client.UnexpectedResponseError](err); ok {
		return exitUnexpectedResponse
	}
	if refused, ok := errors.AsType[*client.ServiceError](err); ok {
		return serviceExitCode(refused)
	}
	return exitFailed
}

// serviceExitCode distinguishes permanent from temporary rejections.
func serviceExitCode(refused *client.ServiceError) int {
	if client.Retryable(refused) {
		return exitRetryable
	}
	return exitRefused
}
