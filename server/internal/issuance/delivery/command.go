package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/issuance"
	"github.com/esacert/esacert/server/internal/issuance/internal/files"
)

// Command runs a program for each certificate, with the details in its
// environment:
//
//	ESACERT_DOMAIN       domain name, like *.example.com
//	ESACERT_APPLICATION  ID of the application
//	ESACERT_ACCOUNT      account of the site
//	ESACERT_SITE         ID of the site
//	ESACERT_TYPE         certificate type
//	ESACERT_AUTHORITY    issuing authority
//	ESACERT_SERIAL       serial number, hexadecimal
//	ESACERT_FINGERPRINT  SHA-256 of the certificate, hexadecimal
//	ESACERT_NOT_BEFORE   start and
//	ESACERT_NOT_AFTER    end of its validity, like 2026-11-24T12:00:00Z
//	ESACERT_RENEWALS     certificates of the application before this one
//	ESACERT_CHAIN_FILE   file with the chain in PEM, leaf first
//	ESACERT_KEY_FILE     file with the private key in PEM, PKCS #8
//
// The files are readable by this user only and are removed when the program
// exits. Exit code 0 confirms the certificate; after any other code, it is
// delivered again later.
type Command struct {
	// Argv is the program and its arguments. No shell is used.
	Argv []string
	// Env lists further variables, like "NAME=value". Of the environment of this
	// process, the program inherits only PATH, HOME, USER, LANG, TMPDIR and TZ: the
	// rest may contain secrets.
	Env []string
	// Timeout of the program; 0 for 30 seconds. The program and its children are
	// killed after it.
	Timeout time.Duration
	// TempDir is the folder of the temporary files; "" for the system's.
	TempDir string
	// Logger receives the output of the program, truncated and without the key;
	// optional.
	Logger *slog.Logger
}

const (
	defaultTimeout = 30 * time.Second
	// maxOutput bounds the recorded output of the program.
	maxOutput = 4 << 10
)

// NewCommand checks a command and returns a Deliverer for it.
func NewCommand(c Command) (issuance.Deliverer, error) {
	if len(c.Argv) == 0 || c.Argv[0] == "" {
		return nil, errors.New("deliver: command is empty")
	}
	if _, err := exec.LookPath(c.Argv[0]); err != nil {
		return nil, fmt.Errorf("deliver: command: %w", err)
	}
	for _, variable := range c.Env {
		if name, _, found := strings.Cut(variable, "="); !found || name == "" {
			return nil, errors.New("deliver: invalid environment variable: want NAME=value")
		}
	}
	if c.Timeout < 0 {
		return nil, fmt.Errorf("deliver: invalid timeout %v of the command: must not be negative", c.Timeout)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Argv, c.Env = slices.Clone(c.Argv), slices.Clone(c.Env)
	return &c, nil
}

// Deliver runs the program.
func (c *Command) Deliver(ctx context.Context, d issuance.Delivery) (err error) {
	folder, err := os.MkdirTemp(c.TempDir, "esacert-*") // with the mode 0700
	if err != nil {
		return fmt.Errorf("deliver: create folder for the command: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	chain, key := filepath.Join(folder, ChainFile), filepath.Join(folder, KeyFile)
	if err := errors.Join(files.Create(chain, d.Certificate.Chain), files.Create(key, d.Key)); err != nil {
		return fmt.Errorf("deliver: write files for the command: %w", err)
	}
	return c.run(ctx, &d, append(details(&d), "ESACERT_CHAIN_FILE="+chain, "ESACERT_KEY_FILE="+key))
}

func (c *Command) run(ctx context.Context, d *issuance.Delivery, env []string) error {
	limited, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	output := &limitedBuffer{most: maxOutput}
	// #nosec G204 -- the command is configured by the operator.
	program := exec.CommandContext(limited, c.Argv[0], c.Argv[1:]...)
	program.Env = slices.Concat(inherited(), c.Env, env)
	program.Stdout, program.Stderr = output, output
	program.WaitDelay = time.Second
	killGroup(program)
	started := time.Now()
	err := program.Run()
	said := withoutKey(string(output.kept), d.Key)
	c.Logger.Info("the command has run", "program", c.Argv[0], "application", d.Application.ID,
		"domain", d.Application.Domain, "took", time.Since(started), "ended", lastLines(err), "output", said)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("deliver: the command was stopped: %w", ctx.Err())
	case limited.Err() != nil:
		return fmt.Errorf("deliver: the command %s took longer than %v", c.Argv[0], c.Timeout)
	}
	return fmt.Errorf("deliver: the command %s: %w: %s", c.Argv[0], err, orNoOutput(said))
}

func lastLines(err error) string {
	if err == nil {
		return "exit status 0"
	}
	return err.Error()
}

func orNoOutput(said string) string {
	if said == "" {
		return "it printed nothing"
	}
	return "it printed " + strconv.Quote(said)
}

// details returns the variables that describe a certificate.
func details(d *issuance.Delivery) []string {
	a, c := &d.Application, &d.Certificate
	return []string{
		"ESACERT_DOMAIN=" + a.Domain,
		"ESACERT_APPLICATION=" + strconv.FormatInt(a.ID, 10),
		"ESACERT_ACCOUNT=" + a.Account,
		"ESACERT_SITE=" + strconv.FormatInt(a.SiteID, 10),
		"ESACERT_TYPE=" + a.Type,
		"ESACERT_AUTHORITY=" + c.Authority,
		"ESACERT_SERIAL=" + c.Serial,
		"ESACERT_FINGERPRINT=" + c.Fingerprint,
		"ESACERT_NOT_BEFORE=" + c.NotBefore.UTC().Format(time.RFC3339),
		"ESACERT_NOT_AFTER=" + c.NotAfter.UTC().Format(time.RFC3339),
		"ESACERT_RENEWALS=" + strconv.Itoa(c.Renewals),
	}
}

// inherited lists the inherited variables. Programs on Windows require
// SystemRoot.
func inherited() (env []string) {
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "TMPDIR", "TZ", "SystemRoot"} {
		if value, found := os.LookupEnv(name); found {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// limitedBuffer keeps the first bytes written to it. It does not embed a
// buffer, whose ReadFrom would accept everything.
type limitedBuffer struct {
	kept []byte
	most int
}

func (c *limitedBuffer) Write(p []byte) (int, error) {
	c.kept = append(c.kept, p[:min(len(p), c.most-len(c.kept))]...)
	return len(p), nil
}

// withoutKey removes the lines of the key from the output, including a
// truncated line.
func withoutKey(output string, key []byte) string {
	output = strings.TrimSpace(strings.ToValidUTF8(output, "\uFFFD"))
	for line := range strings.Lines(string(key)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "-----") {
			continue
		}
		output = strings.ReplaceAll(output, line, "***")
		if n := overlapLen(output, line); n > 0 {
			output = output[:len(output)-n] + "***"
		}
	}
	return output
}

// overlapLen returns the length of the longest suffix of the output that is a
// prefix of the line, at least eight bytes.
func overlapLen(output, line string) int {
	for n := min(len(output), len(line)); n >= 8; n-- {
		if strings.HasSuffix(output, line[:n]) {
			return n
		}
	}
	return 0
}
