package client

import (
	"context"
	cryptorand "crypto/rand"
	"encoding/hex"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaclient"
)

// defaultAttemptTimeout bounds one attempt. The service responds immediately
// and issues the certificates afterwards.
const defaultAttemptTimeout = 20 * time.Second

// settings are set by options. Those of a client never change; a call with
// options uses a copy.
type settings struct {
	provider       CredentialsProvider
	regionEndpoint *url.URL // the endpoint of the region
	endpoint       *url.URL // the argument of WithEndpoint, which overrides it; or nil
	signer         signer
	keyCache       *signature.KeyCache
	method         string
	checkInput     bool

	httpDoer esaclient.HttpRequestDoer // nil for defaultDoer
	clock    func() time.Time
	newNonce func() string
	sleep    func(ctx context.Context, d time.Duration) error
	jitter   func() float64
	retry    RetryPolicy
	timeout  time.Duration // of one attempt; 0 for none

	logger    *slog.Logger // nil for none
	debug     func(Attempt)
	userAgent []string // the header's value

	defaultDoer esaclient.HttpRequestDoer // the client's own transport
	constant    sharedHeaders
	generated   *esaclient.Client // made of endpoint and doer by apply
	host        string            // of the endpoint
	problems    []Problem         // of the options
}

// newSettings returns the default settings.
func newSettings() settings {
	return settings{
		provider:       EnvironmentCredentials(),
		regionEndpoint: endpointOf(DefaultRegion),
		signer:         signer{scheme: signature.ACS3HMACSHA256},
		keyCache:       new(signature.KeyCache),
		method:         http.MethodPost,
		checkInput:     true,
		clock:          time.Now,
		newNonce:       randomNonce,
		sleep:          sleep,
		jitter:         rand.Float64,
		retry:          DefaultRetryPolicy(),
		timeout:        defaultAttemptTimeout,
		userAgent:      []string{defaultUserAgent()},
	}
}

// apply runs options and creates the generated client. Invalid values are added
// to problems.
func (s *settings) apply(options []Option) {
	for _, option := range options {
		if option != nil {
			option(s)
		}
	}
	if s.signer.options == nil {
		s.signer.setOptions(s.keyCache)
	}
	target := s.endpoint
	if target == nil {
		target = s.regionEndpoint
	}
	doer := s.httpDoer
	if doer == nil {
		doer = s.defaultDoer
	}
	s.host = target.Host
	var err error
	if s.generated, err = esaclient.NewClient(target.String(), esaclient.WithHTTPClient(doer)); err != nil {
		s.addProblem("Client", "", err.Error())
	}
}

// addProblem records an invalid value of an option.
func (s *settings) addProblem(option, value, message string) {
	s.problems = append(s.problems, Problem{Field: option, Value: value, Message: message})
}

// sleep waits, or returns the context's error if it is done first.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Version is the version of this package, as the User-Agent names it.
const Version = "0.1.0"

// defaultUserAgent has the format of the vendor's SDKs: product, platform,
// language.
func defaultUserAgent() string {
	return "esacert-go/" + Version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ") " + runtime.Version()
}

// randomNonce returns 128 random bits as 32 hexadecimal digits, like the
// vendor's Go SDKs.
func randomNonce() string {
	var bits [16]byte
	// It never fails; see the documentation of crypto/rand.
	_, _ = cryptorand.Read(bits[:])
	var digits [2 * len(bits)]byte
	hex.Encode(digits[:], bits[:])
	return string(digits[:])
}
