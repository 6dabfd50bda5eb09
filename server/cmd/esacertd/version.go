package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// A release sets these with -ldflags '-X main.version=v1.2.3 -X main.commit=… -X main.date=…'.
// The defaults are the values recorded by the Go toolchain.
var version, commit, date string //nolint:gochecknoglobals // set by the linker

// versionLine is what the version command and --version print.
func versionLine(details ...string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	line := "esacertd " + describe(info, version, commit, date)
	for _, detail := range details {
		line += ", " + detail
	}
	return line
}

// describe joins version, commit and date of a build. Linker values override those
// recorded by the toolchain.
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
