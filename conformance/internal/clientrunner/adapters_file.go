package clientrunner

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/conformance/internal/process"
	"github.com/esacert/esacert/conformance/internal/suite"
)

// Adapter is a client with an adapter program.
type Adapter struct {
	Name      string
	Command   process.Command
	Signature string // of calls for which the case sets none; "" for the default of the case
	Known     string // known-failures file; "" for none
}

// Subject returns the client as a subject of a run.
func (a Adapter) Subject() Subject { return Command(a.Name, a.Command) }

// CasesFor returns the cases with the signature scheme of the client. Most cases are
// not about the scheme, and the client may support only one.
func (a Adapter) CasesFor(all []suite.Case) []suite.Case {
	if a.Signature == "" {
		return all
	}
	adapted := slices.Clone(all)
	for i, c := range adapted {
		if c.Client != nil && c.Client.Call.Signature == "" {
			client := *c.Client
			client.Call.Signature = a.Signature
			adapted[i].Client = &client
		}
	}
	return adapted
}

// CheckStartable checks that the program exists and is executable.
func (a Adapter) CheckStartable() error {
	path := a.Command.Path
	if strings.ContainsRune(path, filepath.Separator) && !filepath.IsAbs(path) {
		// Join drops a leading ./, and LookPath would then search PATH.
		absolute, err := filepath.Abs(filepath.Join(a.Command.Dir, path))
		if err != nil {
			return fmt.Errorf("start adapter of %s: %w", a.Name, err)
		}
		path = absolute
	}
	if _, err := exec.LookPath(path); err != nil {
		return fmt.Errorf("start adapter of %s: %w", a.Name, err)
	}
	return nil
}

// adapterEntry is an entry of an adapters file.
type adapterEntry struct {
	Name      string   `yaml:"name"`
	Command   []string `yaml:"command"`
	Dir       string   `yaml:"dir"`       // working directory, relative to the file; default its directory
	Signature string   `yaml:"signature"` // of calls for which the case sets none: acs3 (default) or hmac-sha1
	Known     string   `yaml:"known"`     // known-failures file, relative to the file
}

// ReadAdapters reads an adapters file.
func ReadAdapters(name string) (programs []Adapter, err error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read adapters file: %w", err)
	}
	var entries []adapterEntry
	if err := yaml.UnmarshalWithOptions(data, &entries, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("invalid adapters file %s: %s", name, yaml.FormatError(err, false, true))
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("adapters file %s is empty", name)
	}
	var (
		problems []error
		seen     = map[string]bool{}
		dir      = filepath.Dir(name)
	)
	for i, e := range entries {
		if err := e.check(seen); err != nil {
			problems = append(problems, fmt.Errorf("%s: entry %d: %w", name, i+1, err))
			continue
		}
		seen[e.Name] = true
		known := e.Known
		if known != "" {
			known = resolvePath(dir, known)
		}
		programs = append(programs, Adapter{
			Name:      e.Name,
			Command:   process.Command{Path: e.Command[0], Args: e.Command[1:], Dir: resolvePath(dir, e.Dir)},
			Signature: e.Signature,
			Known:     known,
		})
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("invalid adapters file:\n%w", errors.Join(problems...))
	}
	return programs, nil
}

func (e adapterEntry) check(seen map[string]bool) error {
	if e.Signature != "" && e.Signature != adapters.SignatureACS3 && e.Signature != adapters.SignatureHMACSHA1 {
		return fmt.Errorf("signature is %q, want %s or %s", e.Signature, adapters.SignatureACS3, adapters.SignatureHMACSHA1)
	}
	switch {
	case e.Name == "":
		return errors.New("name is missing")
	case seen[e.Name]:
		return fmt.Errorf("name %q is already used", e.Name)
	case len(e.Command) == 0 || e.Command[0] == "":
		return errors.New("command is missing; it is a list, for example [node, adapter.mjs]")
	}
	return nil
}

func resolvePath(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
