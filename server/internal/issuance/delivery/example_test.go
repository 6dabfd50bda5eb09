package delivery_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/internal/issuance/delivery"
)

func ExampleDir() {
	path, err := os.MkdirTemp("", "certificates-*")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(path) }()
	folder, err := delivery.NewDir(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(folder.Deliver(context.Background(), sampleDelivery("*.example.com")))
	found, err := filepath.Glob(filepath.Join(path, "*", "*.pem"))
	for _, file := range found {
		name, _ := filepath.Rel(path, file)
		fmt.Println(filepath.ToSlash(name))
	}
	fmt.Println(err)
	// Output:
	// <nil>
	// _wildcard.example.com/combined.pem
	// _wildcard.example.com/fullchain.pem
	// _wildcard.example.com/privkey.pem
	// <nil>
}
