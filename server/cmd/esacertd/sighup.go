package main

import (
	"context"
	"log/slog"
	"os"
)

// reloadOnSIGHUP reloads the configuration on each SIGHUP.
func reloadOnSIGHUP(ctx context.Context, hangups <-chan os.Signal, reload func(context.Context) ([]string, error), logger *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			if _, err := reload(ctx); err != nil {
				logger.Error("reload failed; keeping the current configuration", "error", err)
			}
		}
	}
}
