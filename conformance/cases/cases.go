// Package cases contains the cases of the conformance suite as data, in one or more
// YAML files for each group. The suite adds cases from the contract: the documented
// example, and how a client must report each row of the error table.
//
// case.schema.json describes the format, for editors and for programs in other
// languages.
package cases

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml case.schema.json
var files embed.FS

// FS returns the case files, their schema and an example of a targets file.
func FS() fs.FS { return files }
