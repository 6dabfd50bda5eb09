package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	t.Parallel()
	stamped := &debug.BuildInfo{
		Main: debug.Module{Version: "v0.3.1"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0df90490"}, {Key: "vcs.time", Value: "2026-11-28T10:00:00Z"}, {Key: "vcs.modified", Value: "false"},
		},
	}
	modified := &debug.BuildInfo{Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0df90490"}, {Key: "vcs.modified", Value: "true"}}}
	for _, tc := range []struct {
		name                  string
		info                  *debug.BuildInfo
		version, commit, date string
		want                  string
	}{
		{"recorded by the toolchain", stamped, "", "", "", "v0.3.1, commit 0df90490, date 2026-11-28T10:00:00Z, go"},
		{"set for a release", stamped, "v1.0.0", "abc", "2027-01-01", "v1.0.0, commit abc, date 2027-01-01, go"},
		{"changed since the commit", modified, "", "", "", "unknown, commit 0df90490 (modified), date unknown, go"},
		{"without VCS", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "", "", "", "unknown, commit unknown, date unknown, go"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := describe(tc.info, tc.version, tc.commit, tc.date); !strings.HasPrefix(got, tc.want) {
				t.Errorf("%q, want %q…", got, tc.want)
			}
		})
	}
}
