package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// onHangup reads the configuration again at each SIGHUP.
func onHangup(ctx context.Context, reload func(context.Context) error, logger *slog.Logger) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
			if err := reload(ctx); err != nil {
				logger.Error("reload: the old configuration stays in force", "error", err)
			}
		}
	}
}
