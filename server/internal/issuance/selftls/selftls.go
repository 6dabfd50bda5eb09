package selftls

import (
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/esacert/esacert/server/internal/issuance/internal/files"
	"github.com/esacert/esacert/server/internal/issuance/internal/keypem"
)

// Options configures an Identity. Dir is required.
type Options struct {
	// Dir keeps the root and the server's certificate. It is created if it
	// does not exist.
	Dir string
	// Host is the host that the server listens on: an IP address, a host name, or
	// "" for all addresses.
	Host string

	Now    func() time.Time // nil for time.Now
	Random io.Reader        // source of keys and serial numbers; nil for crypto/rand.Reader
	Logger *slog.Logger     // for renewals; if nil, logging is disabled
}

// Identity is the server's certificate and its root. It is safe for concurrent
// use.
type Identity struct {
	options Options
	names   names
	dir     string

	mu          sync.Mutex
	root        keypem.Pair
	certificate *tls.Certificate
}

// Open reads root and certificate from the folder, and creates or renews what
// is missing or old.
//
// Errors: *FileError for a file that others may read, that cannot be read, that
// does not fit together, or whose root does not permit the host; those of the
// file system; a host that no certificate can name.
func Open(o Options) (*Identity, error) {
	i, host, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := i.check(host); err != nil {
		return nil, err
	}
	if err := makeDir(i.dir); err != nil {
		return nil, err
	}
	if i.root, err = i.openRoot(builtin().with(host)); err != nil {
		return nil, err
	}
	if err := i.permits(i.root, host); err != nil { // another process may have created it
		return nil, err
	}
	// A root of an older version may not permit each built-in name.
	i.names, _ = builtin().with(host).permitted(i.root.Certificate)
	return i, i.openLeaf()
}

// Check reports what Open would reject, and creates nothing.
//
// Errors: those of Open.
func Check(o Options) error {
	i, host, err := prepare(o)
	if err != nil {
		return err
	}
	return i.check(host)
}

// prepare sets defaults and parses the names of the host.
func prepare(o Options) (*Identity, names, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	folder, err := filepath.Abs(o.Dir)
	if err != nil || o.Dir == "" {
		return nil, names{}, errors.Join(errors.New("selftls: a folder is needed"), err)
	}
	host, err := hostNames(o.Host)
	return &Identity{options: o, dir: folder}, host, err
}

// check reads the files that exist, and checks whether the others can be created.
func (i *Identity) check(host names) error {
	if err := files.CheckDir(i.dir); err != nil {
		return fmt.Errorf("selftls: create folder: %w", err)
	}
	// The key is always written first, so a root without a key has lost it.
	_, published := os.Stat(i.RootFile())
	root, err := i.readRoot()
	switch {
	case errors.Is(err, fs.ErrNotExist) && published == nil:
		return &FileError{File: i.path(rootKeyFile), Reason: "missing, but clients may trust the root in " + rootFile + " next to it: put it back; or remove the folder, so that the next start makes a new root, which clients then have to trust"}
	case errors.Is(err, fs.ErrNotExist):
		return keepingRoot(files.CheckCreate(i.path(rootKeyFile)))
	case err != nil:
		return err
	}
	if err := i.permits(root, host); err != nil {
		return err
	}
	_, err = i.readLeaf()
	if errors.Is(err, fs.ErrNotExist) {
		return i.writing(serverFile, files.CheckCreate(i.path(serverFile)))
	}
	return err
}

// RootFile returns the absolute path of the root certificate (PEM), for clients
// to trust.
func (i *Identity) RootFile() string { return i.path(rootFile) }

// Root returns the root certificate in PEM.
func (i *Identity) Root() []byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return keypem.EncodeCertificate(i.root.Certificate)
}

// GetCertificate returns the server's certificate and renews it if due. It fits
// tls.Config. If a renewed certificate cannot be saved, it is used anyway, and
// the failure is logged.
func (i *Identity) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !isCurrent(i.certificate.Leaf, i.options.Now()) {
		if err := i.renew(); err != nil {
			// The old one remains usable until it expires.
			i.options.Logger.Error("HTTPS certificate not renewed", "error", err)
		}
	}
	return i.certificate, nil
}

func (i *Identity) path(name string) string { return filepath.Join(i.dir, name) }

// openRoot reads the root, or creates it. If another process was faster, its
// root is used.
func (i *Identity) openRoot(n names) (keypem.Pair, error) {
	root, err := i.readRoot()
	if errors.Is(err, fs.ErrNotExist) {
		if err := i.createRoot(n); err != nil {
			return keypem.Pair{}, err
		}
		root, err = i.readRoot()
	}
	if err != nil {
		return keypem.Pair{}, err
	}
	if rootIsOld(root.Certificate, i.options.Now()) {
		if root, err = i.renewRoot(root); err != nil {
			return keypem.Pair{}, err
		}
	}
	return root, i.publish(root)
}

func (i *Identity) readRoot() (keypem.Pair, error) {
	return read(i.path(rootKeyFile), "root", func(p keypem.Pair) error { return checkRoot(p, i.options.Now()) },
		"put back a copy; or remove the folder, so that the next start makes a new root, which clients then have to trust")
}

func (i *Identity) createRoot(n names) error {
	root, err := newRoot(i.options, n)
	if err != nil {
		return err
	}
	content, err := keypem.Encode(root)
	if err != nil {
		return fmt.Errorf("selftls: %w", err)
	}
	if err := files.Create(i.path(rootKeyFile), content); err != nil && !errors.Is(err, fs.ErrExist) {
		return keepingRoot(err)
	}
	return nil
}

func keepingRoot(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("selftls: save root: %w", err)
}

func (i *Identity) renewRoot(old keypem.Pair) (keypem.Pair, error) {
	root, err := renewedRoot(old, i.options.Now())
	if err != nil {
		return keypem.Pair{}, err
	}
	if err := i.keep(rootKeyFile, root); err != nil {
		return keypem.Pair{}, err
	}
	i.options.Logger.Warn("HTTPS root renewed: clients that trust the old one need the new one when that expires",
		"root", i.RootFile(), "old_not_after", old.Certificate.NotAfter, "not_after", root.Certificate.NotAfter)
	return root, nil
}

func (i *Identity) publish(root keypem.Pair) error {
	if err := files.Publish(i.RootFile(), keypem.EncodeCertificate(root.Certificate)); err != nil {
		return fmt.Errorf("selftls: write root certificate: %w", err)
	}
	return nil
}

// openLeaf reads the server's certificate, or issues one.
func (i *Identity) openLeaf() error {
	leaf, err := i.readLeaf()
	switch {
	case err == nil && isGood(leaf.Certificate, i.root.Certificate, i.names, i.options.Now()):
		i.use(leaf)
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return i.issue()
}

func (i *Identity) readLeaf() (keypem.Pair, error) {
	return read(i.path(serverFile), "server certificate", checkLeaf, "remove the file, and the next start makes a new one")
}

// renew loads certificates that another process has renewed, and renews the
// rest.
func (i *Identity) renew() error {
	if root, err := i.readRoot(); err == nil && root.Certificate.NotAfter.After(i.root.Certificate.NotAfter) && sameKey(root, i.root) {
		i.root = root
	}
	if rootIsOld(i.root.Certificate, i.options.Now()) {
		root, err := i.renewRoot(i.root)
		if err == nil {
			i.root, err = root, i.publish(root)
		}
		if err != nil {
			i.options.Logger.Error("HTTPS root not renewed", "error", err)
		}
	}
	if leaf, err := i.readLeaf(); err == nil && isGood(leaf.Certificate, i.root.Certificate, i.names, i.options.Now()) {
		i.use(leaf)
		return nil
	}
	return i.issue()
}

// issue issues a certificate, saves it and uses it.
func (i *Identity) issue() error {
	leaf, err := newLeaf(i.options, i.root, i.names)
	if err != nil {
		return err
	}
	starting := i.certificate == nil
	i.use(leaf)
	if err := i.keep(serverFile, leaf); err != nil {
		if starting {
			return err
		}
		i.options.Logger.Error("HTTPS certificate not kept", "error", err)
	}
	i.options.Logger.Info("HTTPS certificate issued", "not_after", leaf.Certificate.NotAfter, "names", leaf.Certificate.DNSNames, "addresses", leaf.Certificate.IPAddresses)
	return nil
}

func (i *Identity) keep(name string, p keypem.Pair) error {
	content, err := keypem.Encode(p)
	if err != nil {
		return fmt.Errorf("selftls: %w", err)
	}
	return i.writing(name, files.Replace(i.path(name), content))
}

func (i *Identity) writing(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("selftls: writing %s: %w", i.path(name), err)
}

func (i *Identity) use(leaf keypem.Pair) {
	i.certificate = &tls.Certificate{Certificate: [][]byte{leaf.Certificate.Raw}, PrivateKey: leaf.Key, Leaf: leaf.Certificate}
}

func sameKey(a, b keypem.Pair) bool {
	return keypem.Pair{Certificate: a.Certificate, Key: b.Key}.Fits()
}

// permits checks that a root may issue for the listener's host.
func (i *Identity) permits(root keypem.Pair, host names) error {
	_, missing := host.permitted(root.Certificate)
	if len(missing) == 0 {
		return nil
	}
	return &FileError{File: i.path(rootKeyFile), Reason: fmt.Sprintf(
		"the root does not permit the listener's %s; it permits %s. Listen on a loopback address or on all addresses (:PORT); or remove the folder, so that the next start makes a root for this address, which clients then have to trust; or use your own certificate (--tls-cert, --tls-key)",
		strings.Join(missing, ", "), describe(root.Certificate))}
}
