package core

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/conns"
)

const (
	idleTimeout     = 25 * time.Second // as in the Keep-Alive header of responses
	writeTimeout    = 30 * time.Second
	shutdownTimeout = 10 * time.Second
)

// Serve serves on the listener until the context ends. Then it finishes requests in
// progress, saves nonces, closes the listener and returns nil. Call Close afterwards,
// which reports nonces that cannot be saved.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	limits := s.config.Load().limits
	httpServer := &http.Server{
		Handler: s,
		// net/http would respond to OPTIONS * with an empty 200.
		DisableGeneralOptionsHandler: true,
		ReadTimeout:                  limits.ReadTimeout,
		ReadHeaderTimeout:            limits.ReadTimeout,
		WriteTimeout:                 limits.ReadTimeout + writeTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               gatewayLimits(limits).MaxHeaderBytes(),
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
	if unsaved := s.nonces.Save(context.WithoutCancel(ctx)); unsaved != nil {
		s.logger.Warn("nonces not saved yet", "error", unsaved) // Close tries again, and reports lost nonces
	}
	return err
}

// bounded limits the connections of the API. Requests that net/http cannot parse get
// a response of the documented form.
func (s *Server) bounded(l net.Listener, limits config.Limits) *conns.Listener {
	shares := conns.Divide(conns.Descriptors())
	limit := limits.Connections
	switch {
	case limit == 0:
		limit = shares.Default()
	case limit > shares.API:
		s.logger.Warn("limits.connections exceeds what the limit of open files allows", "configured", limit, "used", shares.API)
		limit = shares.API
	}
	return conns.New(l, conns.Options{
		Name: "API", Limit: limit, Fields: limits.HeaderFields, Target: limits.URL, Logger: s.logger,
		Reject: func(why conns.Reason, remote string) ([]byte, error) {
			return s.gateway.RespondMalformed(why, remote, gatewayLimits(limits))
		},
	})
}

// shutdown waits up to shutdownTimeout for requests in progress.
func shutdown(ctx context.Context, h *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		// Requests still in progress are aborted.
		return errors.Join(fmt.Errorf("server: requests were still running after %v: %w", shutdownTimeout, err), h.Close())
	}
	return nil
}
