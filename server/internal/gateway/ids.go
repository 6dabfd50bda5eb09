package gateway

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
)

// IDs identify one request.
type IDs struct {
	RequestID string // upper-case UUID: RequestId and x-acs-request-id
	Trace     string // 32 lower-case hexadecimal digits: x-acs-trace-id
}

// RandomIDs returns random IDs in the form of the vendor's gateway: an upper-case
// UUID whose third group begins with 5 (seen in its responses). The IDs need not be
// unpredictable, so it uses the fast generator of math/rand/v2.
func RandomIDs() IDs {
	var b [32]byte
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], rand.Uint64()) //nolint:gosec // not a secret, see above
	}
	return IDsOf(b)
}

// IDsOf returns the IDs with 16 bytes for the request and 16 for its trace. It sets
// the version and variant bits of the UUID.
func IDsOf(b [32]byte) IDs {
	b[6] = b[6]&0x0f | 0x50
	b[8] = b[8]&0x3f | 0x80
	var uuid [36]byte
	hex.Encode(uuid[0:8], b[0:4])
	hex.Encode(uuid[9:13], b[4:6])
	hex.Encode(uuid[14:18], b[6:8])
	hex.Encode(uuid[19:23], b[8:10])
	hex.Encode(uuid[24:36], b[10:16])
	for _, i := range [...]int{8, 13, 18, 23} {
		uuid[i] = '-'
	}
	for i, c := range uuid {
		if 'a' <= c && c <= 'f' {
			uuid[i] = c - 'a' + 'A'
		}
	}
	return IDs{RequestID: string(uuid[:]), Trace: hex.EncodeToString(b[16:])}
}
