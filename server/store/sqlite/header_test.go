package sqlite

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// A header is accepted only if it is SQLite's and has our application ID and a
// version that this package knows. Others return the matching error.
func FuzzHeader(f *testing.F) {
	header := func(magic string, id, version uint32) []byte {
		h := make([]byte, 100)
		copy(h, magic)
		binary.BigEndian.PutUint32(h[60:], version)
		binary.BigEndian.PutUint32(h[68:], id)
		return h
	}
	f.Add([]byte{})
	f.Add([]byte("SQLite format 3\x00"))
	f.Add(header("SQLite format 3\x00", applicationID, 1))
	f.Add(header("SQLite format 3\x00", applicationID, 2))
	f.Add(header("SQLite format 3\x00", 0, 1))
	f.Add(header("SQLite format 2\x00", applicationID, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		err := checkHeader(bytes.NewReader(data))
		ours := len(data) >= 100 && bytes.HasPrefix(data, []byte("SQLite format 3\x00")) &&
			binary.BigEndian.Uint32(data[68:]) == applicationID
		known := ours && int32(binary.BigEndian.Uint32(data[60:])) <= int32(len(migrations()))
		switch {
		case len(data) == 0, known:
			if err != nil {
				t.Errorf("refused: %v", err)
			}
		case ours:
			if !errors.Is(err, ErrNewer) {
				t.Errorf("%v, want ErrNewer", err)
			}
		default:
			if !errors.Is(err, ErrForeign) {
				t.Errorf("%v, want ErrForeign", err)
			}
		}
	})
}
