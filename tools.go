//go:build tools

// Package esacert pins the versions of the tools that `go generate` runs in go.mod.
// The build tag excludes it from every build.
package esacert

import (
	_ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
)
