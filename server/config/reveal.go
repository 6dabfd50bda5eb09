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
		o.r.fail(member(o.path, key), o.values[given[1]], "%s and %s are two ways to say the same, and only one may be there", given[0], given[1])
		return Secret{}
	}
	if len(given) == 0 {
		return Secret{}
	}
	text := o.text(given[0], "")
	if o.r.failed[member(o.path, given[0])] {
		o.r.failed[member(o.path, key)] = true
		return Secret{}
	}
	return o.reveal(key, given[0], text)
}

// reveal follows a reference to where the secret is. Messages do not repeat
// a reference that may be the secret itself in the wrong place.
func (o object) reveal(key, given, text string) Secret {
	node := o.values[given]
	switch given {
	case key + "_env":
		value, ok := o.r.env(text)
		if !ok || value == "" {
			o.r.fail(member(o.path, key), node, "the environment variable that %s names is not set, or empty", given)
			return Secret{}
		}
		return NewSecret(value)
	case key + "_file":
		data, err := o.r.readFile(o.r.beside(text))
		if err != nil {
			o.r.fail(member(o.path, key), node, "the file that %s names cannot be read: %s", given, o.r.unread(text, withoutPath(err)))
			return Secret{}
		}
		value := strings.TrimRight(string(data), "\r\n")
		if value == "" {
			o.r.fail(member(o.path, key), node, "the file that %s names is empty%s", given, o.r.shownPath(text))
			return Secret{}
		}
		return NewSecret(value)
	}
	return NewSecret(text)
}

// unread is the reason why a file cannot be read, with its path or its folder.
func (r *reader) unread(reference string, reason error) string {
	path := r.beside(reference)
	if looksLikePath(reference) {
		return fmt.Sprintf("%s: %v", path, reason)
	}
	return fmt.Sprintf("%v; it was looked for in %s, and its name is not shown because it may be the secret itself", reason, filepath.Dir(r.name))
}

// shownPath is the path of a file after a message about it, if it can be shown.
func (r *reader) shownPath(reference string) string {
	if !looksLikePath(reference) {
		return ""
	}
	return ": " + r.beside(reference)
}

func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
