package report

import (
	"fmt"
	"io"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Writer writes a whole run in one format.
type Writer interface {
	// Write writes the run to w. Its error is of w; it does not change the run.
	Write(w io.Writer, run *suite.Run) error
}

// Format is the name of a format.
type Format string

// The formats.
const (
	FormatText  Format = "text"
	FormatJSON  Format = "json"
	FormatJUnit Format = "junit"
	FormatHTML  Format = "html"
)

// Formats gives all formats.
func Formats() []Format { return []Format{FormatText, FormatJSON, FormatJUnit, FormatHTML} }

// Writer gives the writer of a format, with its default options, or an error
// that names the formats there are.
func (f Format) Writer() (Writer, error) {
	switch f {
	case FormatText:
		return Text{}, nil
	case FormatJSON:
		return JSON{}, nil
	case FormatJUnit:
		return JUnit{}, nil
	case FormatHTML:
		return HTML{}, nil
	}
	return nil, fmt.Errorf("unknown report format %q; want text, json, junit or html", string(f))
}
