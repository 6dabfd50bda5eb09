package ram

import (
	"math/big"
	"testing"
)

// FuzzDecimal holds the comparison of decimals against exact rationals.
func FuzzDecimal(f *testing.F) {
	for _, seed := range [][2]string{{"1", "2"}, {"-0", "0.0"}, {"+10.50", "10.5"}, {"-1.01", "-1.1"}, {"9007199254740993", "9007199254740992"}, {"1.", "."}, {"", "-"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, okX := parseDecimal(a)
		y, okY := parseDecimal(b)
		if !okX || !okY {
			return
		}
		ratX, readX := new(big.Rat).SetString(a)
		ratY, readY := new(big.Rat).SetString(b)
		if !readX || !readY {
			t.Fatalf("math/big does not parse %q or %q", a, b)
		}
		if got, want := x.compare(y), ratX.Cmp(ratY); got != want {
			t.Errorf("compare(%q, %q) = %d, want %d", a, b, got, want)
		}
	})
}
