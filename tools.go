//go:build tools

// Package esacert pins the tools that `go generate` runs, so that go.mod
// decides their versions. Nothing imports it and no build includes it.
package esacert

import (
	_ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
)
