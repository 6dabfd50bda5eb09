package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/esacert/esacert/server/internal/docpath"
)

// secret reads a secret from one of its three keys.
func (o object) secret(key string) Secret {
	var present []string
	for _, k := range secretKeys(key) {
		if _, ok := o.values[k]; ok {
			present = append(present, k)
		}
	}
	if len(present) > 1 {
		o.d.fail(docpath.Member(o.path, key), o.values[present[1]], "%s and %s are mutually exclusive", present[0], present[1])
		return Secret{}
	}
	if len(present) == 0 {
		return Secret{}
	}
	reference := o.stringValue(present[0], "")
	if o.d.failed[docpath.Member(o.path, present[0])] {
		o.d.failed[docpath.Member(o.path, key)] = true
		return Secret{}
	}
	return o.resolveSecret(key, present[0], reference)
}

// resolveSecret returns the secret that a reference points to. Messages do not
// repeat a reference that may be the secret itself in the wrong place.
func (o object) resolveSecret(key, used, reference string) Secret {
	node := o.values[used]
	switch used {
	case key + "_env":
		value, ok := o.d.env(reference)
		if !ok || value == "" {
			o.d.fail(docpath.Member(o.path, key), node, "the environment variable named by %s is unset or empty", used)
			return Secret{}
		}
		return NewSecret(value)
	case key + "_file":
		data, err := o.d.readFile(o.d.resolvePath(reference))
		if err != nil {
			o.d.fail(docpath.Member(o.path, key), node, "read the file named by %s: %s", used, o.d.unread(reference, withoutPath(err)))
			return Secret{}
		}
		value := strings.TrimRight(string(data), "\r\n")
		if value == "" {
			o.d.fail(docpath.Member(o.path, key), node, "the file named by %s is empty%s", used, o.d.shownPath(reference))
			return Secret{}
		}
		return NewSecret(value)
	}
	return NewSecret(reference)
}

// unread returns why a file cannot be read, with its path or its directory.
func (d *decoder) unread(reference string, reason error) string {
	path := d.resolvePath(reference)
	if looksLikePath(reference) {
		return fmt.Sprintf("%s: %v", path, reason)
	}
	return fmt.Sprintf("%v; directory %s (the name is not shown because it may be the secret itself)", reason, filepath.Dir(d.name))
}

// shownPath returns the path of a file as the end of a message; "" if it must not be
// shown.
func (d *decoder) shownPath(reference string) string {
	if !looksLikePath(reference) {
		return ""
	}
	return ": " + d.resolvePath(reference)
}

func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
