// Package buildinfo describes the build of a command for its version line:
//
//	line := buildinfo.Line("esacertd", buildinfo.Release{Version: version, Commit: commit, Date: date})
//
// Values that the release did not set at the link are those that the Go toolchain
// recorded.
package buildinfo

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Release holds what a release sets with -ldflags -X. Fields may be empty.
type Release struct{ Version, Commit, Date string }

// Line returns one line with the name of the command, version, commit, date and
// platform of the build, and the details.
func Line(command string, r Release, details ...string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return strings.Join(append([]string{command + " " + r.describe(info)}, details...), ", ")
}

func (r Release) describe(info *debug.BuildInfo) string {
	recorded := map[string]string{}
	for _, s := range info.Settings {
		recorded[s.Key] = s.Value
	}
	if recorded["vcs.modified"] == "true" {
		recorded["vcs.revision"] += " (modified)"
	}
	version := info.Main.Version
	if version == "(devel)" { // the toolchain has no version
		version = ""
	}
	const unknown = "unknown"
	return fmt.Sprintf("%s, commit %s, date %s, %s %s/%s",
		cmp.Or(r.Version, version, unknown), cmp.Or(r.Commit, recorded["vcs.revision"], unknown), cmp.Or(r.Date, recorded["vcs.time"], unknown),
		runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
