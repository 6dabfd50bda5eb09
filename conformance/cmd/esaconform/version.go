package main

import "github.com/esacert/esacert/internal/buildinfo"

// A release sets these with -ldflags '-X main.version=v1.2.3 -X main.commit=… -X main.date=…'.
var version, commit, date string //nolint:gochecknoglobals // only the linker writes them

// versionLine is the output of the version command and of --version.
func versionLine(details ...string) string {
	return buildinfo.Line("esaconform", buildinfo.Release{Version: version, Commit: commit, Date: date}, details...)
}
