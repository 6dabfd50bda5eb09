package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/alecthomas/kong"

	"github.com/esacert/esacert/client"
)

// commands is the command line.
type commands struct {
	VersionFlag kong.VersionFlag `name:"version" help:"Print version, commit and date, and exit." env:"-"`

	Apply   applyCommand   `cmd:"" help:"Request free certificates for domain names of one site."`
	Wait    waitCommand    `cmd:"" help:"Wait until a certificate is issued, and print it."`
	List    listCommand    `cmd:"" help:"List the certificates and applications of a site."`
	Get     getCommand     `cmd:"" help:"Print a certificate, without its private key."`
	Delete  deleteCommand  `cmd:"" help:"Delete a certificate, or end an application."`
	Upload  uploadCommand  `cmd:"" help:"Upload a certificate with its private key, or replace one."`
	Quota   quotaCommand   `cmd:"" help:"Print the quota of free certificates and its use."`
	Sites   sitesCommand   `cmd:"" help:"List the sites of the account."`
	Errors  errorsCommand  `cmd:"" help:"List or explain the service's errors."`
	Version versionCommand `cmd:"" help:"Print version, commit and date."`
	Help    helpCommand    `cmd:"" help:"Show the help of a command, as --help does."`
}

type versionCommand struct{}

// Run prints what --version prints.
func (versionCommand) Run(to streams) error {
	_, err := fmt.Fprintln(to.out, versionLine("SDK "+client.Version))
	return err
}

// helpCommand is listed in the help. asHelp replaces it before it is parsed.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command, for example apply."`
}

// asHelp turns "help apply" into "apply --help".
func asHelp(args []string) []string {
	if len(args) == 0 || args[0] != "help" {
		return args
	}
	return append(slices.Clone(args[1:]), "--help")
}

// streams are the output streams of a command.
type streams struct{ out, err io.Writer }

// warnf writes to standard error and ignores write errors.
func (s streams) warnf(format string, args ...any) {
	_, _ = fmt.Fprintf(s.err, format, args...)
}

const description = `Request free SSL certificates from Alibaba Cloud Edge Security Acceleration (ESA).

Credentials are read from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and, for temporary credentials,
ALIBABA_CLOUD_SECURITY_TOKEN; from the aliyun profile given by --profile; or from the vendor's default chain. There is
no flag for the secret, because command lines are visible to other users.

Exit codes:
  0    success
  1    internal error, for example writing the output failed
  2    invalid usage or input; no request was sent
  3    the service rejected the request
  4    connection failed or timed out
  5    unexpected response
  6    no usable credentials; no request was sent
  7    temporary rejection (throttling, InternalException, ...); retrying may succeed
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
		kong.Vars{"version": versionLine("SDK " + client.Version)},
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(to),
	)
	if err != nil {
		to.warnf("esacert: %v\n", err)
		return exitFailed
	}
	parsed, err := parser.Parse(asHelp(args))
	switch {
	case left:
		return exitOK
	case err != nil:
		to.warnf("esacert: %v\nrun \"esacert %s--help\" for usage\n", err, chosenCommand(err))
		return exitUsage
	}
	err = parsed.Run()
	if exit, ok := errors.AsType[*exitError](err); ok {
		return exit.code
	}
	if err != nil {
		to.warnf("esacert: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// chosenCommand returns the command of invalid arguments and a space, or "" if they name
// none.
func chosenCommand(err error) string {
	invalid, ok := errors.AsType[*kong.ParseError](err)
	if !ok || invalid.Context == nil || invalid.Context.Selected() == nil {
		return ""
	}
	return invalid.Context.Selected().Name + " "
}
