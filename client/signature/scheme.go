package signature

// Scheme is a signature scheme.
type Scheme uint8

// The signature schemes. The package comment describes their wire form.
const (
	// None is a request that names no caller: neither signature nor token.
	None Scheme = iota
	// ACS3HMACSHA256 is the vendor's signature version 3, carried in the
	// Authorization header.
	ACS3HMACSHA256
	// RPCHMACSHA1 is the vendor's RPC signature version 1.0, carried in the
	// query or in a form body.
	RPCHMACSHA1
	// Bearer is a request with a bearer token and no signature. It is
	// not protected against changes.
	Bearer
	// RPCHMACSHA256 is RPCHMACSHA1 with SHA-256 as the hash. A public program
	// uses it with ESA.
	RPCHMACSHA256
	// ACS3HMACSM3 is ACS3HMACSHA256 with SM3 as the hash, of the body too. The
	// vendor's SDKs offer it. Only a Parser with SM3 reads it.
	ACS3HMACSM3
)

// IsACS3 reports whether the scheme is a signature version 3, which covers the
// headers that the client lists, and the body.
func (s Scheme) IsACS3() bool { return s == ACS3HMACSHA256 || s == ACS3HMACSM3 }

// IsRPC reports whether the scheme is a signature version 1.0, which covers the
// parameters of query and form alone.
func (s Scheme) IsRPC() bool { return s == RPCHMACSHA1 || s == RPCHMACSHA256 }

// Names of the algorithms on the wire.
const (
	algorithmACS3     = "ACS3-HMAC-SHA256"
	algorithmACS3SM3  = "ACS3-HMAC-SM3"
	methodRPC         = "HMAC-SHA1"
	methodRPCSHA256   = "HMAC-SHA256"
	versionRPC        = "1.0"
	bearerType        = "BEARERTOKEN"
	algorithmPrefixV3 = "ACS3-"
)

// String returns the name of the scheme on the wire, and "none" for None.
func (s Scheme) String() string {
	switch s {
	case ACS3HMACSHA256:
		return algorithmACS3
	case ACS3HMACSM3:
		return algorithmACS3SM3
	case RPCHMACSHA1:
		return methodRPC
	case RPCHMACSHA256:
		return methodRPCSHA256
	case Bearer:
		return bearerType
	default:
		return "none"
	}
}

// The parameters of the RPC scheme that this package reads or writes.
const (
	paramAccessKeyID      = "AccessKeyId"
	paramAction           = "Action"
	paramBearerToken      = "BearerToken"
	paramFormat           = "Format"
	paramSecurityToken    = "SecurityToken"
	paramSignature        = "Signature"
	paramSignatureMethod  = "SignatureMethod"
	paramSignatureNonce   = "SignatureNonce"
	paramSignatureType    = "SignatureType"
	paramSignatureVersion = "SignatureVersion"
	paramTimestamp        = "Timestamp"
	paramVersion          = "Version"
)

// Headers of the ACS3 scheme, lower-case as in a canonical request.
const (
	headerHost          = "host"
	headerContentType   = "content-type"
	headerAuthorization = "authorization"
	headerAccessKeyID   = "x-acs-accesskey-id"
	headerAction        = "x-acs-action"
	headerBearerToken   = "x-acs-bearer-token"
	headerContentSHA256 = "x-acs-content-sha256"
	headerDate          = "x-acs-date"
	headerNonce         = "x-acs-signature-nonce"
	headerSecurityToken = "x-acs-security-token"
	headerSignatureType = "x-acs-signature-type"
	headerVersion       = "x-acs-version"
	headerPrefix        = "x-acs-"
)

// The same headers as keys of an http.Header. They are constants, because
// computing one costs an allocation per request.
const (
	keyContentType   = "Content-Type"
	keyAuthorization = "Authorization"
	keyAccessKeyID   = "X-Acs-Accesskey-Id"
	keyAction        = "X-Acs-Action"
	keyBearerToken   = "X-Acs-Bearer-Token"
	keyContentSHA256 = "X-Acs-Content-Sha256"
	keyDate          = "X-Acs-Date"
	keyNonce         = "X-Acs-Signature-Nonce"
	keySecurityToken = "X-Acs-Security-Token"
	keySignatureType = "X-Acs-Signature-Type"
	keyVersion       = "X-Acs-Version"
)
