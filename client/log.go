package client

import (
	"context"
	"log/slog"
	"time"

	"github.com/esacert/esacert/client/signature"
)

// logs reports whether a record of the level would be written.
func (s *settings) logs(ctx context.Context, level slog.Level) bool {
	return s.logger != nil && s.logger.Enabled(ctx, level)
}

func (a *attempt) logRequest(ctx context.Context) {
	if !a.logs(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", a.op.Action),
		slog.Int("attempt", a.number),
		slog.String("method", a.req.Method),
		slog.String("host", a.host),
	}
	attrs = append(attrs, a.input.logAttrs()...)
	a.logger.LogAttrs(ctx, slog.LevelDebug, "esa: request", append(attrs,
		slog.String("signature", a.signer.scheme.String()),
		slog.Any("credentials", a.credentials),
		slog.String("nonce", a.nonce),
	)...)
}

// logAttrs returns the attributes that identify the call in a log.
func (in *ApplyCertificateInput) logAttrs() []slog.Attr {
	return []slog.Attr{slog.Int64("site_id", in.SiteID), slog.String("domains", in.domainList(true))}
}

func (a *attempt) logSuccess(ctx context.Context, r *response) {
	if !a.logs(ctx, slog.LevelDebug) {
		return
	}
	a.logger.LogAttrs(ctx, slog.LevelDebug, "esa: accepted",
		slog.String("operation", a.op.Action),
		slog.Int("attempt", a.number),
		slog.Int("status", r.status),
		slog.String("request_id", a.output.requestID()),
		slog.Duration("took", a.clock().Sub(a.at)),
	)
}

func (a *attempt) logFailure(ctx context.Context, failed attemptError) {
	if !a.logs(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{slog.String("operation", a.op.Action), slog.Int("attempt", a.number), slog.Duration("took", a.clock().Sub(a.at))}
	if refused, ok := failed.(*ServiceError); ok {
		attrs = append(attrs, slog.Int("status", refused.Status), slog.String("code", refused.Code),
			slog.String("request_id", refused.RequestID))
	}
	attrs = append(attrs, slog.String("error", failed.Error()))
	a.logger.LogAttrs(ctx, slog.LevelDebug, "esa: failed", attrs...)
}

func (c *call) logRetry(ctx context.Context, number int, failed attemptError, wait time.Duration) {
	if !c.logs(ctx, slog.LevelWarn) {
		return
	}
	c.logger.LogAttrs(ctx, slog.LevelWarn, "esa: will try again",
		slog.Int("attempt", number),
		slog.Duration("wait", wait),
		slog.String("error", failed.Error()),
	)
}

// Attempt describes a request to a debug hook before it is sent. It has no
// secret and no token. An asterisk replaces each byte of a token, so with a
// token the hash in StringToSign differs from that of CanonicalRequest.
type Attempt struct {
	// Number counts the attempts of one call, from 1.
	Number int
	// Method and URL of the request. The URL has no signature.
	Method, URL string
	// Scheme, AccessKeyID, Time and Nonce are those of the signature.
	Scheme      signature.Scheme
	AccessKeyID string
	Time        time.Time
	Nonce       string
	// CanonicalRequest is what ACS3 signs the hash of; empty for RPC, and for a
	// bearer token.
	CanonicalRequest string
	// StringToSign is what the key is applied to; empty for a bearer token.
	StringToSign string
}

// callDebug calls the debug hook, if there is one.
func (a *attempt) callDebug() {
	if a.debug == nil {
		return
	}
	t := a.transcript()
	redactor := a.redactor()
	a.debug(Attempt{
		Number: a.number, Method: a.req.Method, URL: a.generated.Server + "?" + a.query,
		Scheme: a.signer.scheme, AccessKeyID: a.credentials.AccessKeyID, Time: a.at, Nonce: a.nonce,
		CanonicalRequest: redactor.signedText(t.CanonicalRequest), StringToSign: redactor.signedText(t.StringToSign),
	})
}
