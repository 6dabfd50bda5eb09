package seal

import "crypto/rand"

// Parse is Load without a file.
func Parse(file string, text []byte) (*Ring, error) {
	keys, err := parse(file, text)
	if err != nil {
		return nil, err
	}
	return newRing(keys, file, rand.Reader)
}
