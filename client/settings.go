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

// defaultAttemptTimeout bounds one attempt. The service answers at once and
// issues the certificates afterwards.
const defaultAttemptTimeout = 20 * time.Second

// settings are what options set. Those of a client never change; a call with
// options of its own works on a copy.
type settings struct {
	provider       CredentialsProvider
	regionEndpoint *url.URL // the endpoint of the region
	endpoint       *url.URL // the endpoint given outright, which outranks it; or nil
	signer         signer
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
	problems    []Problem         // what options found wrong
}

// newSettings gives the settings of a client without options.
func newSettings() settings {
	return settings{
		provider:       EnvironmentCredentials(),
		regionEndpoint: endpointOf(DefaultRegion),
		signer:         signer{scheme: signature.ACS3HMACSHA256},
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

// apply runs options and makes what follows from them. What they find wrong
// stands in problems.
func (s *settings) apply(options []Option) {
	for _, option := range options {
		if option != nil {
			option(s)
		}
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

// wrong writes down that an option was given something wrong.
func (s *settings) addProblem(option, value, message string) {
	s.problems = append(s.problems, Problem{Field: option, Value: value, Message: message})
}

// sleep waits, or returns the context's error when that ends first.
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

// defaultUserAgent has the shape of the vendor's own: product, platform,
// language.
func defaultUserAgent() string {
	return "esacert-go/" + Version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ") " + runtime.Version()
}

// randomNonce gives 128 random bits as 32 hexadecimal digits, the form that the
// vendor's Go SDKs send.
func randomNonce() string {
	var bits [16]byte
	// It never fails; see the documentation of crypto/rand.
	_, _ = cryptorand.Read(bits[:])
	var text [2 * len(bits)]byte
	hex.Encode(text[:], bits[:])
	return string(text[:])
}
