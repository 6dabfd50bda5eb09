package signature

import "strings"

// headerIndex is the index of a header in headerValues.
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

// headerValues are the values of the headers that a signature depends on.
type headerValues [placeCount]string

// readHeaders reads them. A duplicate is an error, because it is ambiguous
// which one was signed.
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
