package conformance

import (
	"context"
	"crypto/tls"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/esacert/esacert/conformance/cases"
	"github.com/esacert/esacert/conformance/internal/clientrunner"
	"github.com/esacert/esacert/conformance/internal/serverrunner"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// ServerOption configures Server.
type ServerOption interface{ applyServer(*serverSettings) }

// ClientOption configures Client.
type ClientOption interface{ applyClient(*clientSettings) }

// Option configures both Server and Client.
type Option interface {
	ServerOption
	ClientOption
}

// settings are what both sides have.
type settings struct {
	name      string
	cases     []suite.Case // nil for those of the suite
	run, skip []string
	known     []suite.Known
	results   func(suite.Run) // receives the run after the subtests, known failures applied
	err       error           // of the first option that failed
}

type serverSettings struct {
	settings
	target  serverrunner.Target
	options serverrunner.Options
}

type clientSettings struct {
	settings
	options clientrunner.Options
}

type (
	option       func(*settings)
	serverOption func(*serverSettings)
	clientOption func(*clientSettings)
)

func (o option) applyServer(s *serverSettings)       { o(&s.settings) }
func (o option) applyClient(s *clientSettings)       { o(&s.settings) }
func (o serverOption) applyServer(s *serverSettings) { o(s) }
func (o clientOption) applyClient(s *clientSettings) { o(s) }

// WithName sets the name of the server or client in results and in known
// failures. Default: the host of the server's URL, "handler" or "client".
func WithName(name string) Option {
	return option(func(s *settings) { s.name = name })
}

// WithCases runs only the cases whose IDs match one of the patterns, for example
// errors/* or clients/**. A pattern that matches no case fails the test.
func WithCases(patterns ...string) Option {
	return option(func(s *settings) { s.run = append(s.run, patterns...) })
}

// WithoutCases leaves out the cases whose IDs match one of the patterns. Prefer
// WithKnownFailuresFile for a known failure: the case then still runs, and a pass is
// reported.
func WithoutCases(patterns ...string) Option {
	return option(func(s *settings) { s.skip = append(s.skip, patterns...) })
}

// WithCustomCases runs the cases in the YAML files of the top directory of fsys
// instead of those of the suite. The format is that of package cases.
func WithCustomCases(fsys fs.FS) Option {
	return option(func(s *settings) {
		list, err := suite.Load(fsys)
		s.cases = list
		s.fail(err)
	})
}

// WithKnownFailuresFile reads checks that are expected to fail from a YAML file. They
// run and must fail: a check that passes fails the test, and so does an entry
// that matches no check.
func WithKnownFailuresFile(path string) Option {
	return option(func(s *settings) {
		data, err := os.ReadFile(path)
		if err != nil {
			s.fail(fmt.Errorf("read known failures: %w", err))
			return
		}
		known, err := suite.ParseKnown(path, data)
		s.known = append(s.known, known...)
		s.fail(err)
	})
}

// WithTargets sets the keys and sites to test with, in YAML as in a targets file.
// If they name a journal, it is queried for the rule that decided each request.
func WithTargets(yaml []byte) ServerOption {
	return serverOption(func(s *serverSettings) { s.parseTargets("targets", yaml) })
}

// WithTargetsFile reads the keys and sites to test with from a YAML file. The
// command "esaconform targets" prints a template.
func WithTargetsFile(path string) ServerOption {
	return serverOption(func(s *serverSettings) {
		data, err := os.ReadFile(path)
		if err != nil {
			s.fail(fmt.Errorf("read targets: %w", err))
			return
		}
		s.parseTargets(path, data)
	})
}

func (s *serverSettings) parseTargets(name string, data []byte) {
	targets, err := suite.ParseTargets(name, data)
	if err != nil {
		s.fail(err)
		return
	}
	s.target.Targets = targets
}

// WithJournal sets a function that returns the rule that decided a request: the key
// of an error, or Accepted. It returns "" if it does not know the request. It
// must be safe for concurrent use. With it, a request rejected for the wrong
// reason also fails its case.
func WithJournal(rule func(ctx context.Context, requestID string) (string, error)) ServerOption {
	return serverOption(func(s *serverSettings) {
		s.target.Journal = serverrunner.JournalFunc(func(ctx context.Context, requestID string) (string, error) {
			found, err := rule(ctx, requestID)
			if err == nil && found == "" {
				err = serverrunner.ErrNoEntry
			}
			return found, err
		})
	})
}

// WithTLS sets the TLS configuration for an https URL, for example to trust a
// self-signed certificate.
func WithTLS(config *tls.Config) ServerOption {
	return serverOption(func(s *serverSettings) { s.target.TLS = config })
}

// WithCaseTimeout limits the time of one case with all its steps. Default: 15 s.
func WithCaseTimeout(timeout time.Duration) ServerOption {
	return serverOption(func(s *serverSettings) { s.options.Timeout = timeout })
}

// WithWrites also runs the cases that create applications against a URL.
func WithWrites() ServerOption {
	return serverOption(func(s *serverSettings) { s.options.AllowWrites = true })
}

// WithCallTimeout sets how long the client may wait for a response if the case
// does not say, and how much longer its result may take before it counts as
// hanging. Default: 10 s and 15 s.
func WithCallTimeout(timeout, grace time.Duration) ClientOption {
	return clientOption(func(s *clientSettings) { s.options.Timeout, s.options.Grace = timeout, grace })
}

// fail keeps the first error of an option.
func (s *settings) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// read returns the selected cases of one side, and the known failures among them.
func (s *settings) read(isOfSide func(suite.Case) bool) ([]suite.Case, []suite.Known, error) {
	if s.err != nil {
		return nil, nil, s.err
	}
	all := slices.Clone(s.cases)
	if all == nil {
		var err error
		if all, err = suite.LoadWithContract(cases.FS()); err != nil {
			return nil, nil, err
		}
	}
	all = slices.DeleteFunc(all, func(c suite.Case) bool { return !isOfSide(c) })
	selected, err := suite.Select(all, s.run, s.skip)
	if err != nil {
		return nil, nil, err
	}
	return selected, suite.SelectKnown(s.known, all, selected), nil
}
