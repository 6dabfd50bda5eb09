package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/esacert/esacert/server/internal/admin"
)

type rootCmd struct{ adminFlag }

// Run requests the data from a running server.
func (c rootCmd) Run(ctx context.Context, s streams) error {
	return c.print(ctx, s, "/authority/root")
}

type httpsRootCmd struct{ adminFlag }

// Run requests the data from a running server.
func (c httpsRootCmd) Run(ctx context.Context, s streams) error {
	return c.print(ctx, s, "/https/root")
}

type verifyCmd struct {
	adminFlag
	ID    int64  `arg:"" help:"Application ID."`
	Roots string `type:"existingfile" placeholder:"FILE" help:"Root certificates (PEM). Default: the embedded authority's root."`
}

// Run verifies signatures, dates, names and key usage of the certificate like a
// browser.
func (c verifyCmd) Run(ctx context.Context, s streams) error {
	var a admin.Application
	if err := c.getJSON(ctx, http.MethodGet, applicationPath(c.ID), &a); err != nil {
		return err
	}
	chain, err := c.do(ctx, http.MethodGet, applicationPath(c.ID)+"/chain")
	if err != nil {
		return err
	}
	roots, err := c.roots(ctx)
	if err != nil {
		return err
	}
	path, err := verifyChain(chain, roots, a.Domain)
	if err != nil {
		return fmt.Errorf("the certificate of application %d: %w", c.ID, err)
	}
	_, err = fmt.Fprintf(s.out, "%s: OK, valid to %s, %s\n", a.Domain, path[0].NotAfter.Format(time.RFC3339), signedBy(path))
	return err
}

func (c verifyCmd) roots(ctx context.Context) (*x509.CertPool, error) {
	var data []byte
	var err error
	if c.Roots != "" {
		data, err = os.ReadFile(c.Roots)
	} else {
		data, err = c.do(ctx, http.MethodGet, "/authority/root")
	}
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("no root certificate found: want PEM")
	}
	return pool, nil
}

// verifyChain returns the certificates from the leaf to the root.
func verifyChain(chain []byte, roots *x509.CertPool, domain string) ([]*x509.Certificate, error) {
	var leaf *x509.Certificate
	between := x509.NewCertPool()
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		if leaf == nil {
			leaf = certificate
			continue
		}
		between.AddCert(certificate)
	}
	if leaf == nil {
		return nil, errors.New("the chain is empty")
	}
	// A wildcard covers any name directly below it.
	name := strings.Replace(domain, "*.", "any.", 1)
	paths, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between})
	if err != nil {
		return nil, err
	}
	return paths[0], nil
}

// signedBy returns the names of the authorities above a certificate.
func signedBy(path []*x509.Certificate) string {
	var names []string
	for _, above := range path[1:] {
		names = append(names, above.Subject.CommonName)
	}
	return "signed by " + strings.Join(names, ", signed by ")
}
