package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
)

// confirmFlag is embedded by irreversible commands.
type confirmFlag struct {
	Yes bool `help:"Do not ask for confirmation. Required if standard input is not a terminal."`
}

// errDeclined is returned if the operator does not confirm.
var errDeclined = errors.New("not confirmed; nothing was changed")

// confirm prompts the operator on a terminal. The question names the change and
// ends with a question mark. confirm returns nil for yes or --yes, and
// errDeclined for any other reply. Without a terminal it returns an error that
// names --yes.
func (f confirmFlag) confirm(s streams, question string) error {
	if f.Yes {
		return nil
	}
	if !s.interactive {
		return &usageError{fmt.Errorf("%s Standard input is not a terminal, so nothing was changed; pass --yes to confirm", question)}
	}
	if _, err := fmt.Fprintf(s.err, "%s [y/N] ", question); err != nil {
		return fmt.Errorf("read confirmation: %w", err)
	}
	reply, err := bufio.NewReader(s.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the confirmation: %w", err)
	}
	switch strings.ToLower(strings.TrimSpace(reply)) {
	case "y", "yes":
		return nil
	default:
		return errDeclined
	}
}

// isTerminal reports whether f is a terminal.
func isTerminal(f *os.File) bool {
	return isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())
}
