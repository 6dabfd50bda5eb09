package signature

import "strings"

// place is where a header stands in headers.
type headerIndex int

const (
	placeAuthorization headerIndex = iota
	placeAccessKeyID
	placeSecurityToken
	placeBearerToken
	placeSignatureType
	placeDate
	placeNonce
	placeAction
	placeVersion
	placeContentSHA256
	placeContentType
	placeCount
)

// headers are the values of those on which the meaning of a signature hangs.
type headerValues [placeCount]string

// readHeaders reads them, each at most once: two of one would be two answers to
// what was signed.
func readHeaders(m *Message) (h headerValues, err error) {
	for at, known := range [placeCount]struct{ key, name string }{
		placeAuthorization: {keyAuthorization, headerAuthorization},
		placeAccessKeyID:   {keyAccessKeyID, headerAccessKeyID},
		placeSecurityToken: {keySecurityToken, headerSecurityToken},
		placeBearerToken:   {keyBearerToken, headerBearerToken},
		placeSignatureType: {keySignatureType, headerSignatureType},
		placeDate:          {keyDate, headerDate},
		placeNonce:         {keyNonce, headerNonce},
		placeAction:        {keyAction, headerAction},
		placeVersion:       {keyVersion, headerVersion},
		placeContentSHA256: {keyContentSHA256, headerContentSHA256},
		placeContentType:   {keyContentType, headerContentType},
	} {
		values := m.Header[known.key]
		if len(values) > 1 {
			return h, &Error{Reason: ErrDuplicate, Header: known.name}
		}
		if len(values) == 1 {
			h[at] = strings.TrimSpace(values[0])
		}
	}
	return h, nil
}
