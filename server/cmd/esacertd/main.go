// Command esacertd serves ApplyCertificate.
//
//	esacertd                                 the built-in example, in memory
//	esacertd --config esacertd.yaml          your accounts and sites
//	esacertd --https                         the same over HTTPS
//	esacertd applications list --admin URL   what a running server has stored
//	esacertd nonces lower --admin URL        accept requests after the clock was ahead
//	esacertd config example > esacertd.yaml  a file to start from
//	esacertd config check esacertd.yaml      check whether a server starts with it
//
// When it is ready it prints one line of JSON on stdout, with the addresses it
// listens on, and nothing else; its log is JSON on stderr. The explorer's address
// in that line contains a token, which changes with each start and is not logged.
// SIGTERM and SIGINT stop the server after running requests have finished; SIGHUP
// reloads the configuration.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/alecthomas/kong"
)

type cli struct {
	Serve        serveCmd        `cmd:"" default:"withargs" help:"Serve the API (the default command)."`
	Applications applicationsCmd `cmd:"" help:"List, inspect and cancel applications of a running server."`
	Nonces       noncesCmd       `cmd:"" help:"Show a running server's memory of used nonces, and recover after its clock was ahead."`
	Config       configCmd       `cmd:"" help:"Print the example configuration or check a configuration file."`
	Root         rootCmd         `cmd:"" help:"Print the root certificate of a running server's embedded authority, which issues its certificates (PEM)."`
	HTTPSRoot    httpsRootCmd    `cmd:"" name:"https-root" help:"Print the root certificate of a running server's HTTPS certificate (--https), which clients must trust (PEM)."`
	Challenge    challengeCmd    `cmd:"" name:"challenge-name" help:"Print the CNAME record that delegates a name's DNS-01 challenges to the server."`
	SealingKey   sealingKeyCmd   `cmd:"" name:"sealing-key" help:"Create and rotate the key that encrypts stored private keys."`
	Version      versionCmd      `cmd:"" help:"Print version, commit and date."`
	Help         helpCmd         `cmd:"" help:"Show the help of a command, as --help does."`

	VersionFlag kong.VersionFlag `name:"version" help:"Print version, commit and date, and exit."`
}

// streams are the standard streams of a command.
type streams struct {
	in          io.Reader // replies to questions
	interactive bool      // in is a terminal
	out, err    io.Writer
}

func main() {
	os.Exit(run(context.Background(), os.Args[1:], streams{
		in: os.Stdin, interactive: isTerminal(os.Stdin), out: os.Stdout, err: os.Stderr,
	}))
}

// run executes one command line and returns its exit code (see description).
func run(ctx context.Context, args []string, s streams) int {
	parser, err := kong.New(&cli{},
		kong.Name("esacertd"),
		kong.Description(description),
		kong.PostBuild(emptyIsUnset),
		kong.Writers(s.out, s.err),
		kong.Vars{"admin_url": defaultAdminURL(), "version": versionLine()},
		kong.Exit(func(code int) { panic(exitCode(code)) }),
	)
	if err != nil {
		return report(s, err, exitFailed)
	}
	code, done := exitDone, false
	func() {
		defer func() {
			// kong ends the program after --help; here it ends the command.
			switch e := recover().(type) {
			case nil:
			case exitCode:
				code, done = int(e), true
			default:
				panic(e)
			}
		}()
		command, parseErr := parser.Parse(asHelp(args))
		if parseErr != nil {
			code, done = reportUsage(s, parseErr, lineOf(parseErr)), true
			return
		}
		command.BindTo(ctx, (*context.Context)(nil))
		if runErr := command.Run(s); runErr != nil {
			code, done = reportRun(s, runErr, command), true
		}
	}()
	if done {
		return code
	}
	return exitDone
}

type exitCode int

func report(s streams, err error, code int) int {
	// Nothing can be reported if stderr is closed.
	_, _ = fmt.Fprintln(s.err, "esacertd:", err)
	return code
}

// reportUsage adds a hint to the command's help.
func reportUsage(s streams, err error, line *kong.Context) int {
	return report(s, fmt.Errorf("%w\n%s", err, hint(line)), exitUsage)
}

func reportRun(s streams, err error, line *kong.Context) int {
	if codeOf(err) == exitUsage {
		return reportUsage(s, err, line)
	}
	return report(s, err, exitFailed)
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, versionLine())
	return err
}

// helpCmd only appears in the help. asHelp replaces it before parsing.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command, for example applications list."`
}

// asHelp turns "help applications list" into "applications list --help".
func asHelp(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}
