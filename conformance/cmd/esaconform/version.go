package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

type versionCmd struct{}

func (versionCmd) Run(k *kong.Kong, s streams) error { return write(s, k.Model.Vars()["version"]+"\n") }

// A release sets these with -ldflags '-X main.version=v1.2.3 -X main.commit=… -X main.date=…'.
// Otherwise the values that the Go toolchain recorded are used.
var version, commit, date string //nolint:gochecknoglobals // set by the linker only

// versionLine returns the output of the version command and --version.
func versionLine(details ...string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	line := "esaconform " + describe(info, version, commit, date)
	for _, detail := range details {
		line += ", " + detail
	}
	return line
}

// describe returns version, commit and date of a build. Values of the linker override
// those of the toolchain.
func describe(info *debug.BuildInfo, version, commit, date string) string {
	recorded := map[string]string{}
	for _, s := range info.Settings {
		recorded[s.Key] = s.Value
	}
	if recorded["vcs.modified"] == "true" {
		recorded["vcs.revision"] += " (modified)"
	}
	recorded["version"] = info.Main.Version
	if info.Main.Version == "(devel)" { // the toolchain's placeholder
		recorded["version"] = ""
	}
	or := func(set, key string) string {
		for _, value := range []string{set, recorded[key]} {
			if value != "" {
				return value
			}
		}
		return "unknown"
	}
	return fmt.Sprintf("%s, commit %s, date %s, %s %s/%s",
		or(version, "version"), or(commit, "vcs.revision"), or(date, "vcs.time"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
