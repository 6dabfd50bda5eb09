// Command esaconform tests whether a server or client of ApplyCertificate conforms to
// the contract.
//
//	esaconform template > targets.yaml                  complete it with keys and sites of the server
//	esaconform server --endpoint URL --targets targets.yaml
//	esaconform client -- node adapter.mjs               a client in any language, through an adapter
//	esaconform client --adapters adapters.yaml --report html=matrix.html
//	esaconform list --side client 'odd/**'              cases with rationale and evidence
//	esaconform explain errors/SiteNotFound              one case
//
// It writes a text report to standard output during the run, and JSON, JUnit or HTML
// reports with --report. The exit code is 0 if at least one case ran and every case that
// ran passed or is a known failure.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/esacert/esacert/conformance/internal/suite"
)

const helpText = `Test whether a server or client of ApplyCertificate conforms to the contract.

Exit codes:
  0  success: every case that ran passed or is a known failure
  1  a case failed
  2  invalid flags, targets, known failures or patterns; nothing ran
  3  a known failure passed or matched no case
  4  a case ended in an error (timeout, crash, no connection), or a report could not be written
  5  no case ran`

type cli struct {
	Server   serverCmd   `cmd:"" help:"Test a server at an endpoint."`
	Client   clientCmd   `cmd:"" help:"Test a client through its adapter, or several clients in one matrix."`
	List     listCmd     `cmd:"" help:"List cases with rationale and evidence."`
	Explain  explainCmd  `cmd:"" help:"Show one case."`
	Template templateCmd `cmd:"" help:"Print a targets file template (keys and sites of the server under test)."`
	Targets  targetsCmd  `cmd:"" help:"Describe the format of the targets file."`
	Version  versionCmd  `cmd:"" help:"Print version, commit, date and contract version."`
	Help     helpCmd     `cmd:"" help:"Show help for a command."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print version information and exit."`
}

// helpCmd documents the help command, which asHelp converts before parsing.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"Command, for example server."`
}

// asHelp converts "help server" to "server --help".
func asHelp(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}

// streams are the outputs of a command.
type streams struct {
	out, err io.Writer
	terminal bool // out is a terminal with colors
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr, isTerminal(os.Stdout)})
	stop()
	os.Exit(int(code))
}

// isTerminal reports whether a file is a terminal with colors. NO_COLOR is documented at
// no-color.org.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// run executes one command line. It writes errors to s.err.
func run(ctx context.Context, args []string, s streams) suite.ExitCode {
	contract, err := suite.ReadContract()
	if err != nil {
		return printError(s, internalError(err))
	}
	parser, err := kong.New(&cli{},
		kong.Vars{"version": versionLine("contract " + contract.Version)},
		kong.Name("esaconform"), kong.Description(helpText), kong.Writers(s.out, s.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 120}),
		kong.Exit(func(code int) { panic(kongExit(code)) }),
	)
	if err != nil {
		return printError(s, err)
	}
	command, exited, err := parse(parser, asHelp(args))
	if exited {
		return suite.ExitPassed // only --help and --version exit without an error
	}
	if err != nil {
		return printError(s, usageError(fmt.Errorf("%w\n%s", err, hint(err))))
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return printError(s, command.Run(s))
}

// kongExit is the panic value that replaces os.Exit in kong, which exits after --help and
// --version.
type kongExit int

func parse(parser *kong.Kong, args []string) (command *kong.Context, exited bool, err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			if _, ok := thrown.(kongExit); !ok {
				panic(thrown)
			}
			exited = true
		}
	}()
	command, err = parser.Parse(args)
	return command, false, err
}

// hint returns the commands that show help for a parse error.
func hint(err error) string {
	remedy := `run "esaconform --help"`
	if failed, ok := errors.AsType[*kong.ParseError](err); ok && failed.Context.Selected() != nil {
		remedy += fmt.Sprintf(` or "%s --help"`, failed.Context.Selected().FullPath())
	}
	return remedy + " for usage"
}

// exitError is an error with an exit code. Without a cause it is already reported.
type exitError struct {
	code  suite.ExitCode
	cause error
}

func (e *exitError) Error() string {
	if e.cause == nil {
		return fmt.Sprintf("exit with code %d", e.code)
	}
	return e.cause.Error()
}

func (e *exitError) Unwrap() error { return e.cause }

// usageError returns an error that the user can correct.
func usageError(err error) error { return &exitError{suite.ExitBadConfig, err} }

// internalError returns an error with a valid command line.
func internalError(err error) error { return &exitError{suite.ExitErrored, err} }

func printError(s streams, err error) suite.ExitCode {
	if err == nil {
		return suite.ExitPassed
	}
	exit, ok := errors.AsType[*exitError](err)
	if !ok {
		exit = &exitError{suite.ExitErrored, err}
	}
	if exit.cause != nil {
		// Nothing can be reported if stderr is closed.
		_, _ = fmt.Fprintln(s.err, "esaconform:", exit.cause)
	}
	return exit.code
}
