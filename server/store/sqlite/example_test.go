package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/esacert/esacert/server/store"
	"github.com/esacert/esacert/server/store/sqlite"
)

func ExampleOpen() {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, sqlite.Config{Path: sqlite.Memory})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	request := store.ApplyRequest{
		Account: "1000000000000001", SiteID: 1234567890123,
		Domains: []string{"www.example.com", "blog.example.com"}, Type: "lets_encrypt",
		RequestID: "0AEDAF20-4DDF-4165-8750-47FF9C1929C9",
		At:        time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC),
		Plan:      "basic", Family: "lets_encrypt", Quota: 10,
		DNSRecordsEach: 1, DNSRecordLimit: store.Unlimited,
	}
	applications, err := s.Apply(ctx, request)
	if err != nil {
		log.Fatal(err)
	}
	for _, a := range applications {
		fmt.Println(a.ID, a.Domain, a.Status)
	}

	_, err = s.Apply(ctx, request)
	fmt.Println(errors.Is(err, store.ErrAlreadySubmitted))

	if err := s.Finish(ctx, applications[0].ID, store.Failed, request.At); err != nil {
		log.Fatal(err)
	}
	usage, err := s.Usage(ctx, request.Account, request.Plan, request.Family, request.SiteID)
	fmt.Println(usage.Quota, err)
	// Output:
	// 30000478 www.example.com Applying
	// 30000479 blog.example.com Applying
	// true
	// 1 <nil>
}

// A file can be opened again however the process exited.
func ExampleOpen_inUse() {
	dir, err := os.MkdirTemp("", "esacert")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	config := sqlite.Config{Path: filepath.Join(dir, "esacert.db")}

	first, err := sqlite.Open(context.Background(), config)
	if err != nil {
		log.Fatal(err)
	}
	_, err = sqlite.Open(context.Background(), config)
	fmt.Println("while it is open:", errors.Is(err, sqlite.ErrInUse))

	if err := first.Close(); err != nil {
		log.Fatal(err)
	}
	again, err := sqlite.Open(context.Background(), config)
	fmt.Println("afterwards:", err)
	if err := again.Close(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// while it is open: true
	// afterwards: <nil>
}
