package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
)

// secret reads a secret by whichever of its three keys is there.
func (o object) secret(key string) Secret {
	var given []string
	for _, k := range secretKeys(key) {
		if _, ok := o.values[k]; ok {
			given = append(given, k)
		}
	}
	if len(given) > 1 {
		o.d.fail(member(o.path, key), o.values[given[1]], "%s and %s are two ways to say the same, and only one may be there", given[0], given[1])
		return Secret{}
	}
	if len(given) == 0 {
		return Secret{}
	}
	text := o.stringValue(given[0], "")
	if o.d.failed[member(o.path, given[0])] {
		o.d.failed[member(o.path, key)] = true
		return Secret{}
	}
	return o.resolveSecret(key, given[0], text)
}

// resolveSecret returns the secret that a reference points to. Messages do not
// repeat a reference that may be the secret itself in the wrong place.
func (o object) resolveSecret(key, given, text string) Secret {
	node := o.values[given]
	switch given {
	case key + "_env":
		value, ok := o.d.env(text)
		if !ok || value == "" {
			o.d.fail(member(o.path, key), node, "the environment variable that %s names is not set, or empty", given)
			return Secret{}
		}
		return NewSecret(value)
	case key + "_file":
		data, err := o.d.readFile(o.d.resolvePath(text))
		if err != nil {
			o.d.fail(member(o.path, key), node, "the file that %s names cannot be read: %s", given, o.d.unread(text, withoutPath(err)))
			return Secret{}
		}
		value := strings.TrimRight(string(data), "\r\n")
		if value == "" {
			o.d.fail(member(o.path, key), node, "the file that %s names is empty%s", given, o.d.shownPath(text))
			return Secret{}
		}
		return NewSecret(value)
	}
	return NewSecret(text)
}

// unread is the reason why a file cannot be read, with its path or its folder.
func (d *decoder) unread(reference string, reason error) string {
	path := d.resolvePath(reference)
	if looksLikePath(reference) {
		return fmt.Sprintf("%s: %v", path, reason)
	}
	return fmt.Sprintf("%v; it was looked for in %s, and its name is not shown because it may be the secret itself", reason, filepath.Dir(d.name))
}

// shownPath is the path of a file after a message about it, if it can be shown.
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
