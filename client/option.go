package client

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// Option changes a client, when given to New, or a single call, when given to
// ApplyCertificate. Of two that say different things the later holds. A nil
// Option does nothing. What an option finds wrong, New or the call returns in
// an *InputError.
type Option func(*settings)

// WithCredentials says where credentials come from. Without it they come from
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

// WithRegion calls the service in a region, such as ap-southeast-1. Without it,
// and without WithEndpoint, the region is DefaultRegion. An empty region is
// refused, not replaced: it is a setting that got lost. Endpoints inside a VPC
// (esa-vpc.cn-hangzhou.aliyuncs.com) are for WithEndpoint.
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

// WithEndpoint calls this endpoint and no region's: "https://host",
// "http://127.0.0.1:8080", or a host without a scheme, which is called by HTTP if
// it is localhost or a loopback address, and by HTTPS otherwise. It outranks
// WithRegion.
func WithEndpoint(endpoint string) Option {
	return func(s *settings) {
		u, err := parseEndpoint(endpoint)
		if err != nil {
			shown := quoted(endpoint)
			if strings.Contains(endpoint, "@") {
				shown = redacted // it may have a password
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

// WithSM3 signs with ACS3-HMAC-SM3, the variant of ACS3 with SM3 (GB/T
// 32905-2016) as the hash. The client contains no SM3; the caller provides the
// function, for example sm3.Sum of github.com/emmansun/gmsm/sm3.
func WithSM3(sm3 func(data []byte) [32]byte) Option {
	return func(s *settings) {
		if sm3 == nil {
			s.addProblem("WithSM3", "", "got nil; pass the hash function, for example sm3.Sum of github.com/emmansun/gmsm/sm3")
			return
		}
		s.signer = signer{scheme: signature.ACS3HMACSM3, sm3: sm3}
	}
}

// WithMethod sends with this HTTP method: POST, the default, or GET, as the
// vendor's Terraform provider does. The parameters stand in the query either
// way.
func WithMethod(method string) Option {
	return func(s *settings) {
		if method != http.MethodPost && method != http.MethodGet {
			s.addProblem("WithMethod", quoted(method), "is neither POST nor GET")
			return
		}
		s.method = method
	}
}

// WithTransport sends requests with this transport instead of an own one of the
// client. It does not follow redirects. Nil brings back the default.
func WithTransport(transport http.RoundTripper) Option {
	return func(s *settings) {
		s.httpDoer = nil
		if transport != nil {
			s.httpDoer = roundTripper{transport}
		}
	}
}

// WithHTTPClient sends requests with a copy of this client that follows no
// redirect: a signed request must not be repeated elsewhere. Its Timeout bounds
// each attempt, besides WithAttemptTimeout. Nil brings back the default.
func WithHTTPClient(c *http.Client) Option {
	return func(s *settings) {
		s.httpDoer = nil
		if c != nil {
			s.httpDoer = withoutRedirects(c)
		}
	}
}

// WithClock takes the time of signatures, and how long a call has lasted, from
// this function. Nil brings back time.Now.
func WithClock(now func() time.Time) Option {
	return func(s *settings) {
		s.clock = now
		if now == nil {
			s.clock = time.Now
		}
	}
}

// WithNonce takes the nonce of each attempt from this function, which must be
// safe for concurrent use. A nonce that comes twice within 15 minutes is
// refused by the service. Nil brings back 128 random bits.
func WithNonce(nonce func() string) Option {
	return func(s *settings) {
		s.newNonce = nonce
		if nonce == nil {
			s.newNonce = randomNonce
		}
	}
}

// WithRetry changes how often and when a call is attempted again. Fields left
// zero keep the values of DefaultRetryPolicy.
func WithRetry(policy RetryPolicy) Option {
	return func(s *settings) {
		if problem := policy.check(); problem != "" {
			s.addProblem("WithRetry", "", problem)
			return
		}
		s.retry = policy.withDefaults()
	}
}

// WithoutRetry makes one attempt only.
func WithoutRetry() Option {
	return func(s *settings) { s.retry.MaxAttempts = 1 }
}

// WithSleep waits between attempts with this function. It must return an error
// when the context ends first. Nil brings back a real wait.
func WithSleep(wait func(ctx context.Context, d time.Duration) error) Option {
	return func(s *settings) {
		s.sleep = wait
		if wait == nil {
			s.sleep = sleep
		}
	}
}

// WithJitter takes the random part of waits from this function: a number from 0
// up to but not including 1, of which the wait is that part of the longest one.
// It must be safe for concurrent use. Nil brings back real randomness.
func WithJitter(random func() float64) Option {
	return func(s *settings) {
		s.jitter = random
		if random == nil {
			s.jitter = newSettings().jitter
		}
	}
}

// WithAttemptTimeout bounds each attempt, from its connection to the last byte
// of its answer. The default is 20 seconds; 0 sets no bound. The context bounds
// the whole call.
func WithAttemptTimeout(d time.Duration) Option {
	return func(s *settings) {
		if d < 0 {
			s.addProblem("WithAttemptTimeout", d.String(), "is negative; 0 disables the timeout")
			return
		}
		s.timeout = d
	}
}

// WithLogger logs each attempt and its answer at level Debug, and each further
// attempt at Warn. No secret, token or signature is ever logged. Nil logs
// nothing, which is the default.
func WithLogger(logger *slog.Logger) Option {
	return func(s *settings) { s.logger = logger }
}

// WithDebug calls a function before each attempt, with what was signed, tokens
// redacted. Nil calls none, which is the default.
func WithDebug(hook func(Attempt)) Option {
	return func(s *settings) { s.debug = hook }
}

// WithUserAgent adds a product to the User-Agent, such as "my-tool/1.4". It is
// added once for each time the option is given.
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

// WithoutValidation sends every input as it is and leaves its judgement to the
// service. Tests of a service use it to see each of its errors.
func WithoutValidation() Option {
	return func(s *settings) { s.checkInput = false }
}
