package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const description = `Serve ApplyCertificate, the Alibaba Cloud ESA operation that requests free SSL certificates.

Exit codes:
  0  success, or stopped by SIGTERM or SIGINT
  1  failure: configuration, store, network, or an application with status Failed or Canceled
  2  invalid usage; no action was taken`

const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// usageError is a command-line mistake found after parsing.
type usageError struct{ cause error }

func (e *usageError) Error() string { return e.cause.Error() }
func (e *usageError) Unwrap() error { return e.cause }

// codeOf returns the exit code for a command's error.
func codeOf(err error) int {
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	return exitFailed
}

// hint returns a reference to the help of the selected command.
func hint(line *kong.Context) string {
	help := `run "esacertd --help"`
	if line != nil && line.Selected() != nil {
		help += fmt.Sprintf(` or "%s --help"`, line.Selected().FullPath())
	}
	return help + " for the available commands and flags"
}

// lineOf returns the command line that failed to parse, or nil.
func lineOf(err error) *kong.Context {
	if failed, ok := errors.AsType[*kong.ParseError](err); ok {
		return failed.Context
	}
	return nil
}

// emptyIsUnset makes kong ignore empty environment variables, which scripts and
// container files use for omitted values.
func emptyIsUnset(k *kong.Kong) error {
	return kong.Visit(k.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			flag.Tag.Envs = slices.DeleteFunc(slices.Clone(flag.Tag.Envs), func(name string) bool {
				if value, set := os.LookupEnv(name); !set || value != "" {
					return false
				}
				flag.Help = fmt.Sprintf("%s ($%s).", strings.TrimSuffix(flag.Help, "."), name) // as kong writes it
				return true
			})
		}
		return next(nil)
	})
}
