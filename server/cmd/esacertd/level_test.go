package main

import (
	"log/slog"
	"testing"
)

func TestLevel(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError, "loud": slog.LevelInfo,
	} {
		if got := level(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
