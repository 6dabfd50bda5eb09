//go:build unix

package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/esacert/esacert/server/issuer"
)

// ledgerFile is what authorities of all starts have done.
const ledgerFile = "ledger"

// Entry is a line of the ledger.
type Entry struct {
	What        string // EntryOrder or EntryCertificate
	ID          int64  // of the application
	URL         string // of the order
	Fingerprint string // of the certificate; "-" of an order
}

// Kinds of entries.
const (
	EntryOrder       = "order"
	EntryCertificate = "certificate"
)

// Ledger reads what the authorities of all starts have done.
func Ledger(folder string) (entries []Entry, err error) {
	text, err := os.ReadFile(filepath.Join(folder, ledgerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var e Entry
		if _, err := fmt.Sscan(lines.Text(), &e.What, &e.ID, &e.URL, &e.Fingerprint); err != nil {
			return nil, fmt.Errorf("line %q of the ledger: %w", lines.Text(), err)
		}
		entries = append(entries, e)
	}
	return entries, lines.Err()
}

// Counted makes an authority write down what it does.
func (w *Worker) Counted(a issuer.Authority) (issuer.Authority, error) {
	f, err := os.OpenFile(filepath.Join(w.Folder, ledgerFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &counted{Authority: a, ledger: f}, nil
}

type counted struct {
	issuer.Authority
	ledger *os.File // each line with one write
}

func (c *counted) Order(ctx context.Context, r issuer.OrderRequest) (string, error) {
	url, err := c.Authority.Order(ctx, r)
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintf(c.ledger, "%s %d %s -\n", EntryOrder, r.ID, url)
	return url, err
}

func (c *counted) Fulfil(ctx context.Context, r issuer.FulfilRequest) ([]byte, error) {
	chain, err := c.Authority.Fulfil(ctx, r)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(chain)
	if block == nil {
		return nil, errors.New("the authority has given no certificate")
	}
	digest := sha256.Sum256(block.Bytes)
	_, err = fmt.Fprintf(c.ledger, "%s %d %s %s\n", EntryCertificate, r.ID, r.URL, hex.EncodeToString(digest[:]))
	return chain, err
}

func (c *counted) RenewalInfo(ctx context.Context, leaf *x509.Certificate) (issuer.RenewalInfo, error) {
	return c.Authority.RenewalInfo(ctx, leaf)
}
