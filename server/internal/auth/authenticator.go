package auth

import (
	"crypto/subtle"
	"errors"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"golang.org/x/time/rate"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
	"github.com/esacert/esacert/server/store"
)

// Identity is the authenticated caller.
type Identity struct {
	Principal *Principal
	Claim     signature.Claim
	Nonce     store.Nonce // nonce used by this request; the zero value if it has none
}

// Authenticator checks requests and uses their nonces. It is safe for concurrent
// use.
type Authenticator struct {
	parser  signature.Parser
	nonces  *NonceCache
	explain *rate.Limiter
}

// Explanations of wrong signatures are limited. One costs a thousand times as much
// CPU as a refusal, and any caller that knows an access key ID can cause it.
const (
	explainBurst = 100
	explainRate  = 10 // per second
)

// New returns an Authenticator that uses the nonces of n.
func New(n *NonceCache) *Authenticator {
	return &Authenticator{
		parser:  signature.Parser{SM3: sm3.Sum, KeyCache: new(signature.KeyCache)},
		nonces:  n,
		explain: rate.NewLimiter(explainRate, explainBurst),
	}
}

// Names lists the host names by which a client may have called the server, with
// their ports. Hosts is only called to explain a wrong signature.
type Names interface{ Hosts() []string }

// Authenticate identifies the sender of the message and fills in caller. The claim
// is set even if an error is returned, as far as it could be parsed, because the
// journal records rejected callers. Principal and Nonce are set on success.
//
// Errors are of type *refusal.Error.
func (a *Authenticator) Authenticate(d Directory, m *signature.Message, names Names, now time.Time, caller *Identity) error {
	claim, err := a.parser.Parse(m)
	if err != nil {
		return parseError(err)
	}
	caller.Claim = claim
	switch claim.Scheme {
	case signature.None:
		return refusal.New(esaerrors.MissingAccessKeyID, "the request carries neither a signature nor a bearer token")
	case signature.Bearer:
		caller.Principal, err = lookupBearer(d, &caller.Claim, now)
		return err
	}
	return a.authenticateKey(d, m, names, now, caller)
}

// authenticateKey checks a request signed with an access key.
func (a *Authenticator) authenticateKey(d Directory, m *signature.Message, names Names, now time.Time, caller *Identity) error {
	claim := &caller.Claim
	key, ok := d.AccessKey(claim.AccessKeyID)
	if !ok {
		return refusal.New(esaerrors.InvalidAccessKeyIDNotFound, "unknown access key")
	}
	if key.Disabled {
		return refusal.New(esaerrors.InvalidAccessKeyIDInactive, "the access key is disabled")
	}
	if err := checkToken(d, key, claim.SecurityToken, now); err != nil {
		return err
	}
	signed, err := checkTime(claim, now)
	if err != nil {
		return err
	}
	if err := a.verify(claim, m, names, key.Secret, now); err != nil {
		return err
	}
	account := key.Principal.Account
	nonce := store.Nonce{
		Key: NewNonceKey(key.ID, claim.Nonce), Expires: signed.Add(signature.MaxClockSkew), Account: account, AccessKeyID: key.ID,
	}
	if err := a.use(nonce, claim.Date, d.Peers(account), now); err != nil {
		return err
	}
	caller.Nonce, caller.Principal = nonce, key.Principal
	return nil
}

// lookupBearer finds a bearer token. The request is not signed, so its time and nonce
// prove nothing and are not required.
func lookupBearer(d Directory, claim *signature.Claim, now time.Time) (*Principal, error) {
	token, ok := d.BearerToken(claim.BearerToken)
	if !ok {
		return nil, refusal.New(esaerrors.UnauthorizedInvalidToken, "unknown bearer token")
	}
	if expired(token.Expires, now) {
		return nil, refusal.New(esaerrors.UnauthorizedInvalidToken, "the bearer token expired at %s", token.Expires.UTC().Format(time.RFC3339))
	}
	return token.Principal, nil
}

func expired(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// checkToken compares the security token with that of the key, in constant time.
func checkToken(d Directory, key *AccessKey, token string, now time.Time) error {
	switch {
	case key.Token == "" && token == "":
		return nil
	case token == "":
		return refusal.New(esaerrors.MissingSecurityToken, "the access key is temporary, and its security token is missing")
	case subtle.ConstantTimeCompare([]byte(key.Token), []byte(token)) != 1:
		if d.SecurityToken(token) {
			return refusal.New(esaerrors.UnauthorizedInvalidToken, "the security token belongs to another access key")
		}
		return refusal.New(esaerrors.UnauthorizedInvalidToken, "unknown security token")
	case expired(key.Expires, now):
		return refusal.New(esaerrors.UnauthorizedInvalidToken, "the security token expired at %s", key.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// checkTime checks that the time of the request is within MaxClockSkew of the clock.
func checkTime(claim *signature.Claim, now time.Time) (time.Time, error) {
	signed, err := signature.ParseTime(claim.Scheme, claim.Date)
	if err != nil {
		return time.Time{}, &refusal.Error{Row: esaerrors.UnauthorizedInvalidTime, Detail: err.Error(), Err: err}
	}
	if off := now.Sub(signed); off.Abs() > signature.MaxClockSkew {
		return time.Time{}, refusal.New(esaerrors.UnauthorizedInvalidTime,
			"signed at %s, the clock says %s: %v apart, %v are allowed", claim.Date, now.UTC().Format(time.RFC3339),
			off.Abs().Truncate(time.Second), signature.MaxClockSkew)
	}
	return signed, nil
}

// verify recomputes the signature. As at the vendor's gateway, the message of a
// mismatch shows what the server signed. The journal explains it.
func (a *Authenticator) verify(claim *signature.Claim, m *signature.Message, names Names, secret string, now time.Time) error {
	err := claim.Verify(m, secret)
	if err == nil {
		return nil
	}
	var mismatch *signature.MismatchError
	if !errors.As(err, &mismatch) {
		return parseError(err)
	}
	row := esaerrors.SignatureDoesNotMatchACS3
	if claim.Scheme.IsRPC() {
		row = esaerrors.SignatureDoesNotMatchRPC
	}
	f := &refusal.Error{Row: row, Message: signature.MismatchMessage(mismatch), Err: err}
	if f.Detail = "not explained: too many wrong signatures"; a.explain.AllowN(now, 1) {
		f.Detail = signature.Diagnose(m, claim, secret, names.Hosts()...).String()
	}
	return f
}

func (a *Authenticator) use(nonce store.Nonce, date string, peers Peers, now time.Time) error {
	switch err := a.nonces.Use(nonce, peers, now); {
	case err == nil:
		return nil
	case errors.Is(err, ErrNonceUsed):
		return &refusal.Error{Row: esaerrors.SignatureNonceUsed, Detail: "nonce already used with this access key", Err: err}
	case errors.Is(err, store.ErrNonceForgotten):
		horizon := a.nonces.Horizon()
		return &refusal.Error{Row: esaerrors.UnauthorizedInvalidTime, Err: err, Detail: forgottenDetail(date, horizon, now)}
	default:
		return &refusal.Error{Row: esaerrors.Throttling, Detail: err.Error(), Err: err}
	}
}

// parseError maps the parse errors of package signature to the gateway's.
func parseError(err error) *refusal.Error {
	f := &refusal.Error{Row: esaerrors.IncompleteSignature, Detail: err.Error(), Err: err}
	var problem *signature.Error
	if !errors.As(err, &problem) {
		return f
	}
	switch problem.Reason {
	case signature.ErrMissingAccessKeyID, signature.ErrUnsigned:
		f.Row = esaerrors.MissingAccessKeyID
	case signature.ErrMissingParameter:
		if row, ok := esaerrors.ByKey("Missing" + problem.Parameter); ok {
			f.Row = row
		}
	case signature.ErrUnsupportedMethod:
		f.Row = esaerrors.InvalidSignatureMethod
	case signature.ErrInvalidParameter, signature.ErrUndecodable:
		f.Row = esaerrors.InvalidParameter
		if row, ok := esaerrors.ByKey("Invalid" + problem.Parameter); ok && problem.Parameter != "" {
			f.Row = row
		}
	case signature.ErrInvalidTime:
		f.Row = esaerrors.UnauthorizedInvalidTime
	}
	return f
}
