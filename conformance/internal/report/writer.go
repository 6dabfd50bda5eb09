package report

import (
	"fmt"
	"io"

	"github.com/esacert/esacert/conformance/internal/suite"
)

// Writer writes a whole run in one format.
type Writer interface {
	// Write writes the run to w and does not change it.
	Write(w io.Writer, run *suite.Run) error
}

// Format is the name of a report format.
type Format string

// The formats.
const (
	FormatText  Format = "text"
	FormatJSON  Format = "json"
	FormatJUnit Format = "junit"
	FormatHTML  Format = "html"
)

// Formats returns all formats.
func Formats() []Format { return []Format{FormatText, FormatJSON, FormatJUnit, FormatHTML} }

// Writer returns the writer of a format with default options. It returns an error for an
// unknown format.
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
