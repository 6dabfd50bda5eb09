// Command esaconform says whether a server or a client of ApplyCertificate
// conforms, and shows why.
//
//	esaconform template > targets.yaml                  what a server has to be tested with; fill it in
//	esaconform server --endpoint URL --targets targets.yaml
//	esaconform client -- node adapter.mjs               any client, by a small adapter program
//	esaconform client --adapters adapters.yaml --report html=matrix.html
//	esaconform list --side client 'odd/**'              the cases, with why and whence
//	esaconform explain errors/SiteNotFound              one case, whole
//
// The text report goes to standard output while the run goes on; --report writes
// JSON, JUnit or HTML besides. The exit code is 0 only if at least one case ran
// and all that ran were judged and passed, or failed as is known.
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
	Version  versionCmd  `cmd:"" help:"Print version, commit, date and contract version."`
	Help     helpCmd     `cmd:"" help:"Show help for a command."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print version information and exit."`
}

// helpCmd is listed in the help. asHelp replaces it before it is parsed.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"Command, for example server."`
}

// asHelp turns "help server" into "server --help".
func asHelp(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}

// streams are what a command writes to, and whose environment it has.
type streams struct {
	out, err io.Writer
	terminal bool // out is a terminal that shows colours
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdout, os.Stderr, isTerminal(os.Stdout)})
	stop()
	os.Exit(int(code))
}

// isTerminal tells whether colours make sense on a file; NO_COLOR is the custom
// of no-color.org.
func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// run carries out one command line. What is wrong with it is told on s.err.
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
		return suite.ExitPassed // only --help and --version end the parser without an error
	}
	if err != nil {
		return printError(s, usageError(fmt.Errorf("%w\n%s", err, hint(err))))
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return printError(s, command.Run(s))
}

// kongExit carries an exit of kong, which ends the program after --help or --version, to
// where it ends the command instead.
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

// hint names the help of the command that could not be parsed.
func hint(err error) string {
	text := `run "esaconform --help"`
	if failed, ok := errors.AsType[*kong.ParseError](err); ok && failed.Context.Selected() != nil {
		text += fmt.Sprintf(` or "%s --help"`, failed.Context.Selected().FullPath())
	}
	return text + " for usage"
}

// exitError ends the command with a code. Without a cause all was told already.
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

// usageError is for what the person who called has to put right.
func usageError(err error) error { return &exitError{suite.ExitBadConfig, err} }

// internalError is for what went wrong although the command line makes sense.
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
