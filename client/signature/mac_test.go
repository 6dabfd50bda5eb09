package signature

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestHMACVectors(t *testing.T) {
	t.Parallel()
	// RFC 2202 section 3 and RFC 4231 section 4: their cases with a short key, a
	// key of 20 bytes, and keys longer than a block.
	for _, c := range []struct{ name, key, input, sha1, sha256 string }{
		{"short key", "Jefe", "what do ya want for nothing?",
			"effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"key of 80 bytes", strings.Repeat("\xaa", 80), "Test Using Larger Than Block-Size Key - Hash Key First",
			"aa4ae5e15272d00e95705637ce8a3b55ed402112", ""},
		{"key of 131 bytes", strings.Repeat("\xaa", 131), "Test Using Larger Than Block-Size Key - Hash Key First",
			"", "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{"key of 20 bytes", strings.Repeat("\xaa", 20), strings.Repeat("\xdd", 50),
			"125d7342b9ac11cd91a39af48aa17b4f63f175d3", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if sum := sumMAC(RPCHMACSHA1, nil, c.key, c.input); c.sha1 != "" && hex.EncodeToString(sum) != c.sha1 {
				t.Errorf("HMAC-SHA1 is %x, want %s", sum, c.sha1)
			}
			if sum := sumMAC(ACS3HMACSHA256, nil, c.key, c.input); c.sha256 != "" && hex.EncodeToString(sum) != c.sha256 {
				t.Errorf("HMAC-SHA256 is %x, want %s", sum, c.sha256)
			}
		})
	}
}
