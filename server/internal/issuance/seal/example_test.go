package seal_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/internal/issuance/seal"
)

func Example() {
	folder, err := os.MkdirTemp("", "seal-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "keys")

	ring, err := seal.Create(path)
	fmt.Println(ring, err)
	sealed, err := ring.Seal(seal.ApplicationOwner(30000478), []byte("private key"))
	fmt.Println(len(sealed), err)

	ring, err = seal.Rotate(path) // seals with key 2 from now on
	fmt.Println(ring, err)
	secret, err := ring.Open(seal.ApplicationOwner(30000478), sealed)
	fmt.Printf("%s %v\n", secret, err)

	_, err = ring.Open(seal.ApplicationOwner(30000479), sealed)
	fmt.Println(err != nil)
	// Output:
	// sealing keys 1 <nil>
	// 44 <nil>
	// sealing keys 1, 2 <nil>
	// private key <nil>
	// true
}
