package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/alecthomas/kong"

	"github.com/esacert/esacert/client"
)

// commands is the command line.
type commands struct {
	Version kong.VersionFlag `help:"Print the version and leave." env:"-"`

	Apply  applyCommand  `cmd:"" help:"Apply for free certificates of names of one site."`
	Errors errorsCommand `cmd:"" help:"Show the errors of the service, with what they mean."`
}

// streams are where a command writes.
type streams struct{ out, err io.Writer }

// note writes to standard error. Where that fails there is nobody to be told.
func (s streams) note(format string, args ...any) {
	_, _ = fmt.Fprintf(s.err, format, args...)
}

const description = `Applies for free SSL certificates of Alibaba Cloud Edge Security Acceleration (ESA).

Credentials come from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and, with temporary ones,
ALIBABA_CLOUD_SECURITY_TOKEN; from a profile of the aliyun command with --profile; or else from the vendor's default
chain. There is no flag for a secret: every user of a machine can read its command lines.

Exit codes:
  0    done
  1    the command itself failed, for example to write its output
  2    wrong usage or input; nothing was sent
  3    the service refused
  4    no connection, or no answer in time
  5    the answer is not the documented one
  6    no usable credentials; nothing was sent
  7    the service refused for now (throttled, InternalException, ...); the same call may succeed later
  130  interrupted`

// run runs one command line and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	to := streams{stdout, stderr}
	var line commands
	left := false // by --help or --version
	parser, err := kong.New(&line,
		kong.Name("esacert"), kong.Description(description), kong.DefaultEnvars("ESACERT"),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { left = true }),
		kong.ConfigureHelp(kong.HelpOptions{NoExpandSubcommands: true, WrapUpperBound: 120}),
		kong.Vars{"version": fmt.Sprintf("esacert %s (%s; %s) %s", client.Version, runtime.GOOS, runtime.GOARCH, runtime.Version())},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(to),
	)
	if err != nil {
		to.note("esacert: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(args)
	switch {
	case left:
		return exitDone
	case err != nil:
		to.note("esacert: %v\nrun \"esacert --help\" or \"esacert apply --help\" to see what there is\n", err)
		return exitUsage
	}
	err = parsed.Run()
	if told, ok := errors.AsType[*exitError](err); ok {
		return told.code
	}
	if err != nil {
		to.note("esacert: %v\n", err)
		return exitFailed
	}
	return exitDone
}
