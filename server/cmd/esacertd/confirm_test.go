package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestConfirm(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken terminal")
	for _, tc := range []struct {
		name        string
		flag        confirmFlag
		interactive bool
		in          io.Reader
		prompt      string
		want        error
	}{
		{"yes", confirmFlag{}, true, strings.NewReader("yes\n"), "End it? [y/N] ", nil},
		{"y in capitals, with spaces", confirmFlag{}, true, strings.NewReader(" Y \n"), "End it? [y/N] ", nil},
		{"no", confirmFlag{}, true, strings.NewReader("no\n"), "End it? [y/N] ", errDeclined},
		{"return alone", confirmFlag{}, true, strings.NewReader("\n"), "End it? [y/N] ", errDeclined},
		{"another word", confirmFlag{}, true, strings.NewReader("yesterday\n"), "End it? [y/N] ", errDeclined},
		{"end of input", confirmFlag{}, true, strings.NewReader(""), "End it? [y/N] ", errDeclined},
		{"end of input after yes", confirmFlag{}, true, strings.NewReader("yes"), "End it? [y/N] ", nil},
		{"unreadable terminal", confirmFlag{}, true, iotest.ErrReader(broken), "End it? [y/N] ", broken},
		{"flag on a terminal", confirmFlag{Yes: true}, true, nil, "", nil},
		{"flag elsewhere", confirmFlag{Yes: true}, false, nil, "", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var out, prompt bytes.Buffer
			err := tc.flag.confirm(streams{in: tc.in, interactive: tc.interactive, out: &out, err: &prompt}, "End it?")
			if !errors.Is(err, tc.want) || prompt.String() != tc.prompt || out.Len() != 0 {
				t.Errorf("%v, prompted %q, printed %q; want %v, prompted %q", err, &prompt, &out, tc.want, tc.prompt)
			}
		})
	}
}

// Without a terminal the input is not read, even if it contains a yes.
func TestConfirmWithoutTerminal(t *testing.T) {
	t.Parallel()
	in := strings.NewReader("yes\n")
	var out, log bytes.Buffer
	err := confirmFlag{}.confirm(streams{in: in, out: &out, err: &log}, "End it?")
	if err == nil || !strings.Contains(err.Error(), "End it?") || !strings.Contains(err.Error(), "pass --yes") {
		t.Errorf("error is %v", err)
	}
	if in.Len() != 4 || out.Len()+log.Len() != 0 {
		t.Errorf("%d bytes of input left, printed %q and %q", in.Len(), &out, &log)
	}
}

func TestFileIsNotATerminal(t *testing.T) {
	t.Parallel()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if isTerminal(f) {
		t.Error("a file is taken for a terminal")
	}
}
