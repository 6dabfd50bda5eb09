package client

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/esacert/esacert/client/internal/redact"
	"github.com/esacert/esacert/client/signature"
)

// Option configures a client, when passed to New, or a single call, when passed
// to ApplyCertificate. Later options override earlier ones. A nil Option is
// ignored. New or the call returns invalid values in an *InputError.
type Option func(*settings)

// WithCredentials sets the credentials provider. The default is
// EnvironmentCredentials.
func WithCredentials(provider CredentialsProvider) Option {
	return func(s *settings) {
		if provider == nil {
			s.addProblem("WithCredentials", "", "got nil; pass a provider, for example StaticCredentials(id, secret)")
			return
		}
		s.provider = provider
	}
}

// WithRegion sets the region to call, for example ap-southeast-1. The default
// is DefaultRegion. An empty region is invalid, because it is usually an unset
// variable. For endpoints inside a VPC (esa-vpc.cn-hangzhou.aliyuncs.com) use
// WithEndpoint.
func WithRegion(region string) Option {
	return func(s *settings) {
		u, err := regionEndpoint(region)
		if err != nil {
			s.addProblem("WithRegion", quoted(region), err.Error())
			return
		}
		s.regionEndpoint = u
	}
}

// WithEndpoint sets the endpoint to call instead of the region's:
// "https://host", "http://127.0.0.1:8080", or a host without a scheme, which is
// called with HTTP if it is localhost or a loopback address, else with HTTPS.
// It overrides WithRegion.
func WithEndpoint(endpoint string) Option {
	return func(s *settings) {
		u, err := parseEndpoint(endpoint)
		if err != nil {
			shown := quoted(endpoint)
			if strings.Contains(endpoint, "@") {
				shown = redact.Mark // it may contain a password
			}
			s.addProblem("WithEndpoint", shown, err.Error())
			return
		}
		s.endpoint = u
	}
}

// WithSignature sets the signature scheme: ACS3HMACSHA256, the default,
// RPCHMACSHA1 or RPCHMACSHA256. For ACS3HMACSM3 use WithSM3.
func WithSignature(scheme signature.Scheme) Option {
	return func(s *settings) {
		switch scheme {
		case signature.ACS3HMACSHA256, signature.RPCHMACSHA1, signature.RPCHMACSHA256:
			s.signer = signer{scheme: scheme}
		default:
			s.addProblem("WithSignature", quoted(scheme.String()), "is not a signature scheme; use signature.ACS3HMACSHA256, RPCHMACSHA1 or RPCHMACSHA256, or the option WithSM3")
		}
	}
}

// WithSM3 sets the signature scheme ACS3-HMAC-SM3, the variant of ACS3 with SM3
// (GB/T 32905-2016) as the hash. The client contains no SM3; the caller
// provides the function, for example sm3.Sum of github.com/emmansun/gmsm/sm3.
func WithSM3(sm3 func(data []byte) [32]byte) Option {
	return func(s *settings) {
		if sm3 == nil {
			s.addProblem("WithSM3", "", "got nil; pass the hash function, for example sm3.Sum of github.com/emmansun/gmsm/sm3")
			return
		}
		s.signer = signer{scheme: signature.ACS3HMACSM3, sm3: sm3}
	}
}

// WithMethod sets the HTTP method: POST, the default, or GET, as the vendor's
// Terraform provider uses. The parameters are in the query with both.
func WithMethod(method string) Option {
	return func(s *settings) {
		if method != http.MethodPost && method != http.MethodGet {
			s.addProblem("WithMethod", quoted(method), "is neither POST nor GET")
			return
		}
		s.method = method
	}
}

// WithTransport sets the transport. Redirects are not followed. Nil restores
// the default.
func WithTransport(transport http.RoundTripper) Option {
	return func(s *settings) {
		s.httpDoer = nil
		if transport != nil {
			s.httpDoer = roundTripper{transport}
		}
	}
}

// WithHTTPClient sends requests with a copy of the given client that does not
// follow redirects, because a signed request must not be repeated elsewhere.
// Its Timeout bounds each attempt, in addition to WithAttemptTimeout. Nil
// restores the default.
func WithHTTPClient(c *http.Client) Option {
	return func(s *settings) {
		s.httpDoer = nil
		if c != nil {
			s.httpDoer = withoutRedirects(c)
		}
	}
}

// WithClock sets the clock for signatures and durations. Nil restores time.Now.
func WithClock(now func() time.Time) Option {
	return func(s *settings) {
		s.clock = now
		if now == nil {
			s.clock = time.Now
		}
	}
}

// WithNonce sets the function that returns the nonce of each attempt; it must
// be safe for concurrent use. The service rejects a nonce that is used twice
// within 15 minutes. Nil restores 128 random bits.
func WithNonce(nonce func() string) Option {
	return func(s *settings) {
		s.newNonce = nonce
		if nonce == nil {
			s.newNonce = randomNonce
		}
	}
}

// WithRetry sets the retry policy. Zero fields have the values of
// DefaultRetryPolicy.
func WithRetry(policy RetryPolicy) Option {
	return func(s *settings) {
		if problem := policy.check(); problem != "" {
			s.addProblem("WithRetry", "", problem)
			return
		}
		s.retry = policy.withDefaults()
	}
}

// WithoutRetry disables retries.
func WithoutRetry() Option {
	return func(s *settings) { s.retry.MaxAttempts = 1 }
}

// WithSleep sets the function that waits between attempts. It must return an
// error if the context is done first. Nil restores the default.
func WithSleep(wait func(ctx context.Context, d time.Duration) error) Option {
	return func(s *settings) {
		s.sleep = wait
		if wait == nil {
			s.sleep = sleep
		}
	}
}

// WithJitter sets the function that returns the jitter of a wait: the fraction,
// from 0 to below 1, of the longest wait. It must be safe for concurrent use.
// Nil restores real randomness.
func WithJitter(random func() float64) Option {
	return func(s *settings) {
		s.jitter = random
		if random == nil {
			s.jitter = newSettings().jitter
		}
	}
}

// WithAttemptTimeout sets the timeout of each attempt, from connecting to the
// last byte of the response. The default is 20 seconds; 0 disables it. The
// context bounds the whole call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(s *settings) {
		if d < 0 {
			s.addProblem("WithAttemptTimeout", d.String(), "is negative; 0 disables the timeout")
			return
		}
		s.timeout = d
	}
}

// WithLogger logs each attempt and its response at level Debug, and each retry
// at Warn. Secrets, tokens and signatures are not logged. Nil, the default,
// disables logging.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}

// WithDebug calls a function before each attempt, with what was signed, tokens
// redacted. Nil calls none, which is the default.
func WithDebug(hook func(Attempt)) Option {
	return func(s *settings) { s.debug = hook }
}

// WithUserAgent appends a product to the User-Agent, for example "my-tool/1.4".
// Each use appends another.
func WithUserAgent(product string) Option {
	return func(s *settings) {
		for i := range len(product) {
			if product[i] < ' ' || product[i] >= 0x7f {
				s.addProblem("WithUserAgent", quoted(product), "contains a character that is not printable ASCII")
				return
			}
		}
		if product != "" {
			s.userAgent = []string{s.userAgent[0] + " " + product}
		}
	}
}

// WithoutValidation disables validation of the input, so that the service
// validates it. Tests of a service use it to get each of its errors.
func WithoutValidation() Option {
	return func(s *settings) { s.checkInput = false }
}
