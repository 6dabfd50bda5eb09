package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"

	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/issuance/selftls"
	"github.com/esacert/esacert/server/internal/issuersetup"
)

// tlsScheme is how the API's listener is protected. The zero value is plain HTTP.
type tlsScheme struct {
	config   *tls.Config
	identity *selftls.Identity // nil without --https
}

// checkTLS reports flags and keys that exclude each other.
func (c serveCmd) checkTLS(cfg *config.Config) error {
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return &usageError{errors.New("--tls-cert and --tls-key must be set together")}
	case cfg.HTTPS && c.TLSCert != "":
		return &usageError{errors.New("--https and --tls-cert exclude each other: with --https the server issues its own certificate, with --tls-cert it uses yours")}
	}
	return nil
}

// openTLS reads the certificate named by flags and configuration.
func (c serveCmd) openTLS(cfg *config.Config, logger *slog.Logger) (tlsScheme, error) {
	switch {
	case c.TLSCert != "":
		pair, err := c.readPair()
		if err != nil {
			return tlsScheme{}, err
		}
		return tlsScheme{config: &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}}, nil
	case cfg.HTTPS:
		identity, err := openIdentity(cfg, logger)
		if err != nil {
			return tlsScheme{}, fmt.Errorf("https: %w", err)
		}
		return tlsScheme{config: &tls.Config{GetCertificate: identity.GetCertificate, MinVersion: tls.VersionTLS12}, identity: identity}, nil
	}
	return tlsScheme{}, nil
}

func (c serveCmd) readPair() (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("TLS certificate: %w", err)
	}
	return pair, nil
}

func openIdentity(cfg *config.Config, logger *slog.Logger) (*selftls.Identity, error) {
	o, err := identityOptions(cfg)
	if err != nil {
		return nil, err
	}
	o.Logger = logger
	return selftls.Open(o)
}

// checkHTTPS reports problems that would prevent a start with this configuration.
// It creates no files.
func (c serveCmd) checkHTTPS(cfg *config.Config) error {
	if c.TLSCert != "" {
		_, err := c.readPair()
		return err
	}
	if !cfg.HTTPS {
		return nil
	}
	o, err := identityOptions(cfg)
	if err == nil {
		err = selftls.Check(o)
	}
	if err != nil {
		return fmt.Errorf("https: %w", err)
	}
	return nil
}

func identityOptions(cfg *config.Config) (selftls.Options, error) {
	folder, err := httpsDir(cfg)
	if err != nil {
		return selftls.Options{}, err
	}
	host, _, err := net.SplitHostPort(cfg.Listen)
	return selftls.Options{Dir: folder, Host: host}, err
}

// httpsDir returns the directory of the HTTPS root: below the configuration's data
// directory, or below the user's data directory.
func httpsDir(cfg *config.Config) (string, error) {
	data := issuersetup.DataDir(cfg)
	if data == "" {
		var err error
		if data, err = userDataDir(runtime.GOOS, os.Getenv); err != nil {
			return "", err
		}
	}
	return filepath.Join(data, "https"), nil
}

// userDataDir returns the user's data directory for this program:
// $XDG_DATA_HOME/esacertd (XDG Base Directory Specification, 0.8) or its
// equivalent on other operating systems.
func userDataDir(system string, getenv func(string) string) (string, error) {
	if data := getenv("XDG_DATA_HOME"); filepath.IsAbs(data) { // relative paths must be ignored
		return filepath.Join(data, "esacertd"), nil
	}
	variable, below := "HOME", []string{".local", "share", "esacertd"}
	switch system {
	case "windows":
		variable, below = "LocalAppData", []string{"esacertd"}
	case "darwin":
		below = []string{"Library", "Application Support", "esacertd"}
	}
	base := getenv(variable)
	if base == "" {
		return "", fmt.Errorf("the root has to be kept in the user's data directory, which is unknown: set %s, or name a folder (issuing.data) or a database (--store) to keep it next to", variable)
	}
	return filepath.Join(append([]string{base}, below...)...), nil
}

// name returns the URL scheme of the listener.
func (s tlsScheme) name() string {
	if s.config == nil {
		return "http"
	}
	return "https"
}

// rootFile returns the path of the server's HTTPS root, or "".
func (s tlsScheme) rootFile() string {
	if s.identity == nil {
		return ""
	}
	return s.identity.RootFile()
}

// rootOrNil returns the server's HTTPS root, or nil.
func (s tlsScheme) rootOrNil() func() []byte {
	if s.identity == nil {
		return nil
	}
	return s.identity.Root
}

// listen opens the API's listener.
func (s tlsScheme) listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the API: %w (choose another address with --listen; port 0 takes a free one)", err)
	}
	if s.config == nil {
		return l, nil
	}
	// The vendor's clients use HTTP/1.1 only, and so does the wire error page.
	s.config.NextProtos = []string{"http/1.1"}
	return tls.NewListener(l, s.config), nil
}
