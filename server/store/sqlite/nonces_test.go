package sqlite

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/esacert/esacert/server/store"
)

// Unpacking returns the packed nonces that expire after now, with the expiry
// rounded up to seconds.
func FuzzNonceBlock(f *testing.F) {
	f.Add([]byte{}, int64(0))
	f.Add(make([]byte, 3*28), int64(-1))
	f.Add(slices.Repeat([]byte("0123456789abcdef01234567wxyz"), 5), int64(1<<40))
	f.Fuzz(func(t *testing.T, data []byte, now int64) {
		const limit = 1 << 36 // about 2,000 years
		at := time.Unix(now%limit, 0)
		var nonces, want []store.Nonce
		for one := range slices.Chunk(data, 28) {
			if len(one) < 28 {
				break
			}
			seconds := int64(binary.BigEndian.Uint64(one[16:])) % limit
			n := store.Nonce{Key: store.NonceKey(one[:16]), Expires: time.Unix(seconds, int64(binary.BigEndian.Uint32(one[24:])%1e9)).UTC()}
			nonces = append(nonces, n)
			if n.Expires.Nanosecond() > 0 {
				n.Expires = n.Expires.Truncate(time.Second).Add(time.Second)
			}
			if n.Expires.After(at) {
				want = append(want, n)
			}
		}
		expires, block := packNonces(nonces)
		var got []store.Nonce
		err := nonceBlock{packed: block}.unpack(at, func(n store.Nonce) error {
			if n.Expires.Unix() > expires {
				t.Errorf("%v expires after its block (%d)", n, expires)
			}
			got = append(got, n)
			return nil
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}

func TestDamagedNonceBlock(t *testing.T) {
	t.Parallel()
	s := memory(t)
	err := s.withReader(t.Context(), func(c *conn) error {
		_, err := c.exec(t.Context(), sqlInsertNonces, int64(100), "a", "k", []byte("seventeen bytes!!"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Nonces(t.Context(), time.Unix(0, 0), func(store.Nonce) error { return nil })
	if !errors.Is(err, ErrCorrupt) {
		t.Errorf("Nonces: %v, want ErrCorrupt", err)
	}
}

// Many blocks are read by several queries, and deleted in several transactions.
func TestManyBlocks(t *testing.T) {
	t.Parallel()
	s := memory(t)
	const blocks = 3 * forgetRows
	nonces := make([]store.Nonce, 200)
	for i := range blocks {
		for k := range nonces {
			nonces[k] = store.Nonce{Key: store.NonceKey{byte(i), byte(i >> 8), byte(k)}, Expires: time.Unix(int64(i+1), 0)}
		}
		if err := s.SaveNonces(t.Context(), nonces); err != nil {
			t.Fatal(err)
		}
	}
	count := func() (n int) {
		t.Helper()
		if err := s.Nonces(t.Context(), time.Unix(0, 0), func(store.Nonce) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := count(); got != blocks*len(nonces) || got*nonceBytes < nonceReadBytes {
		t.Errorf("%d nonces are returned of %d", got, blocks*len(nonces))
	}
	if err := s.DeleteExpiredNonces(t.Context(), time.Unix(blocks, 0)); err != nil {
		t.Fatal(err)
	}
	if got := count(); got != len(nonces) {
		t.Errorf("%d nonces are left, want those of one block: %d", got, len(nonces))
	}
}

// A group of writes stores one block per access key, in any order of the nonces.
func TestOneBlockPerKey(t *testing.T) {
	t.Parallel()
	s := memory(t)
	var nonces []store.Nonce
	for i := range 300 {
		nonces = append(nonces, store.Nonce{
			Key: store.NonceKey{byte(i), byte(i >> 8)}, Expires: time.Unix(int64(1+i), 0).UTC(),
			Account: []string{"a", "b"}[i%2], AccessKeyID: []string{"x", "y", "z"}[i%3],
		})
	}
	if err := s.SaveNonces(t.Context(), nonces); err != nil {
		t.Fatal(err)
	}
	var rows int64
	err := s.withReader(t.Context(), func(c *conn) (err error) {
		rows, _, err = c.number(t.Context(), `SELECT count(*) FROM nonces`)
		return err
	})
	if err != nil || rows != 6 {
		t.Errorf("%d rows, %v; want one for each of 6 keys", rows, err)
	}
	got := make([]store.Nonce, len(nonces))
	err = s.Nonces(t.Context(), time.Unix(0, 0), func(n store.Nonce) error {
		got[n.Expires.Unix()-1] = n
		return nil
	})
	if diff := cmp.Diff(nonces, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}
