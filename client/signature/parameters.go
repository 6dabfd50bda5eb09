package signature

// paramIndex is the index of a parameter that the schemes know.
type paramIndex int

const (
	slotAccessKeyID paramIndex = iota
	slotSignature
	slotSignatureMethod
	slotSignatureVersion
	slotSignatureNonce
	slotTimestamp
	slotSecurityToken
	slotSignatureType
	slotBearerToken
	slotAction
	slotVersion
	slotCount
)

// paramIndexOf returns the index of a decoded name. Names are case-sensitive, as
// in the gateway: regionId is not RegionId.
func paramIndexOf(name string) (paramIndex, bool) {
	switch name {
	case paramAccessKeyID:
		return slotAccessKeyID, true
	case paramSignature:
		return slotSignature, true
	case paramSignatureMethod:
		return slotSignatureMethod, true
	case paramSignatureVersion:
		return slotSignatureVersion, true
	case paramSignatureNonce:
		return slotSignatureNonce, true
	case paramTimestamp:
		return slotTimestamp, true
	case paramSecurityToken:
		return slotSecurityToken, true
	case paramSignatureType:
		return slotSignatureType, true
	case paramBearerToken:
		return slotBearerToken, true
	case paramAction:
		return slotAction, true
	case paramVersion:
		return slotVersion, true
	default:
		return 0, false
	}
}

// parameters are those of a request that the schemes know, decoded.
type parameters struct {
	values [slotCount]string
	seen   [slotCount]bool
}

// readParameters reads the known parameters of a query and a form body, each at
// most once in both together, and checks that all others can be decoded.
func readParameters(query, form string) (p parameters, err error) {
	count := 0
	for _, raw := range [...]string{query, form} {
		if err := p.read(raw, slotAccessKeyID, &count); err != nil {
			return p, err
		}
	}
	return p, nil
}

// readOperation reads Action and Version alone: with an Authorization header, a
// parameter called Signature belongs to the operation.
func readOperation(query string) (p parameters, err error) {
	return p, p.read(query, slotAction, new(int))
}

func (p *parameters) read(raw string, from paramIndex, count *int) error {
	for {
		next, rest, ok, err := nextPair(raw)
		if err != nil || !ok {
			return err
		}
		if *count++; *count > maxParameters {
			return tooMany()
		}
		raw = rest
		name := decode(next.name)
		at, known := paramIndexOf(name)
		if !known || at < from {
			continue
		}
		if p.seen[at] {
			return &Error{Reason: ErrDuplicate, Parameter: name}
		}
		p.seen[at] = true
		p.values[at] = decode(next.value)
	}
}

// isRPC reports whether any parameter of an RPC signature is set. One is enough, so
// that the error names the missing half of an incomplete signature.
func (p *parameters) isRPC() bool {
	return p.values[slotAccessKeyID] != "" || p.seen[slotSignature] || p.seen[slotSignatureMethod]
}

// parseRPC reads a request with an RPC signature.
func parseRPC(p *parameters, keys *KeyCache) (Claim, error) {
	if p.values[slotAccessKeyID] == "" {
		return Claim{}, &Error{Reason: ErrMissingAccessKeyID, Parameter: paramAccessKeyID}
	}
	for _, x := range [...]struct {
		at   paramIndex
		name string
	}{
		{slotSignature, paramSignature},
		{slotSignatureMethod, paramSignatureMethod},
		{slotSignatureVersion, paramSignatureVersion},
		{slotSignatureNonce, paramSignatureNonce},
		{slotTimestamp, paramTimestamp},
	} {
		if p.values[x.at] == "" {
			return Claim{}, &Error{Reason: ErrMissingParameter, Parameter: x.name}
		}
	}
	scheme := RPCHMACSHA1
	switch method := p.values[slotSignatureMethod]; method {
	case methodRPC:
	case methodRPCSHA256:
		scheme = RPCHMACSHA256
	default:
		return Claim{}, &Error{
			Reason: ErrUnsupportedMethod, Parameter: paramSignatureMethod,
			Detail: excerpt(method) + " is not supported; use " + methodRPC + " or " + methodRPCSHA256,
		}
	}
	if version := p.values[slotSignatureVersion]; version != versionRPC {
		return Claim{}, &Error{Reason: ErrInvalidParameter, Parameter: paramSignatureVersion, Detail: excerpt(version) + " is not " + versionRPC}
	}
	return Claim{
		Scheme:           scheme,
		keys:             keys,
		AccessKeyID:      p.values[slotAccessKeyID],
		Signature:        p.values[slotSignature],
		Nonce:            p.values[slotSignatureNonce],
		Date:             p.values[slotTimestamp],
		SecurityToken:    p.values[slotSecurityToken],
		SignatureMethod:  p.values[slotSignatureMethod],
		SignatureVersion: p.values[slotSignatureVersion],
		Action:           p.values[slotAction],
		Version:          p.values[slotVersion],
	}, nil
}
