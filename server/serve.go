package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	idleTimeout     = 25 * time.Second // what the gateway's keep-alive header says
	writeTimeout    = 30 * time.Second
	shutdownTimeout = 10 * time.Second
)

// Serve answers on the listener until the context ends, then finishes what it
// has begun, saves the nonces it can save, and returns nil. The listener is
// closed. Call Close afterwards, which reports nonces that cannot be saved.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	limits := s.state.Load().limits
	httpServer := &http.Server{
		Handler: s,
		// net/http would answer OPTIONS * with an empty 200.
		DisableGeneralOptionsHandler: true,
		ReadTimeout:                  limits.ReadTimeout,
		ReadHeaderTimeout:            limits.ReadTimeout,
		WriteTimeout:                 limits.ReadTimeout + writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               headerCap(limits),
		ErrorLog:                     slog.NewLogLogger(s.logger.Handler(), slog.LevelDebug),
	}
	bounded := s.bounded(l, limits)
	bounded.Attach(httpServer)
	var wg sync.WaitGroup
	failed := make(chan error, 1)
	wg.Go(func() { failed <- httpServer.Serve(bounded) })

	var err error
	select {
	case err = <-failed:
		err = errors.Join(err, shutdown(context.WithoutCancel(ctx), httpServer))
	case <-ctx.Done():
		err = shutdown(context.WithoutCancel(ctx), httpServer)
	}
	wg.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	if unsaved := s.saver.save(context.WithoutCancel(ctx)); unsaved != nil {
		s.logger.Warn("nonces not saved yet", "error", unsaved) // Close tries again, and reports what is lost
	}
	return err
}

// shutdown lets running requests finish, for a while.
func shutdown(ctx context.Context, h *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		// Requests that are still running now are cut: tell both failures.
		return errors.Join(fmt.Errorf("server: requests were still running after %v: %w", shutdownTimeout, err), h.Close())
	}
	return nil
}
