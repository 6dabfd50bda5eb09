// Package cases has the cases of the conformance suite: data, embedded from the
// YAML files beside this one. Each file is a group. What the contract says
// already (the documented example, what a client must make of a row of the error
// table) is not in them; All adds it.
//
// case.schema.json describes the files for editors and for programs in other
// languages.
package cases

import (
	"embed"
	"io/fs"

	"github.com/esacert/esacert/conformance/internal/suite"
)

//go:embed *.yaml case.schema.json
var files embed.FS

// FS has the case files, their schema and the example of a targets file.
func FS() fs.FS { return files }

// All reads every case, those of the contract first, then the files in the order
// of their names.
func All() ([]suite.Case, error) { return suite.LoadAll(files) }
