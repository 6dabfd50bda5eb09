package aliyuncli

import (
	"errors"
	"fmt"
	"strings"
)

// flag is a flag or a parameter of a command line.
type flag struct {
	name  string
	mode  assigned
	value string
}

// words is a command line, split into its parts.
type words struct {
	arguments []string
	flags     map[string]*flag // of the client
	params    map[string]*flag // everything else
}

func (w words) has(name string) bool { return w.flags[name] != nil }

func (w words) value(name string) string {
	if f := w.flags[name]; f != nil {
		return f.value
	}
	return ""
}

// split splits a command line as the client's parser does.
func split(line []string) (words, error) {
	w := words{flags: map[string]*flag{}, params: map[string]*flag{}}
	var open *flag // takes the next value
	for _, word := range line {
		f, value, err := w.next(word)
		if err != nil {
			return words{}, err
		}
		if f == nil {
			if open == nil {
				if value != "" {
					w.arguments = append(w.arguments, value)
				}
				continue
			}
			open.value = value
			if open.mode != repeatable && value != "" {
				open = nil
			}
			continue
		}
		if open != nil && open.mode == once && open.value == "" {
			return words{}, fmt.Errorf("--%s must be assigned with value", open.name)
		}
		open = nil
		switch {
		case value != "" && f.mode == none:
			return words{}, fmt.Errorf("flag --%s can't be assigned", f.name)
		case value != "":
			f.value = value
		case f.mode != none:
			open = f
		}
	}
	return w, nil
}

// next reads one word: a flag, with its value if one is joined to it, or a
// value. A word like -abc is neither, and is lost.
func (w words) next(word string) (f *flag, value string, err error) {
	name, joined := word, ""
	if at := strings.IndexAny(word, "=:"); at >= 0 {
		name, joined = word[:at], word[at+1:]
	}
	switch {
	case !strings.HasPrefix(name, "-"), strings.HasPrefix(name, "---"):
		return nil, word, nil
	case name == "--":
		return nil, "", errors.New("not support '--' in command line")
	case strings.HasPrefix(name, "--"):
		f, err = w.add(name[2:])
		return f, joined, err
	case len(name) == 2:
		long, ok := shorthands()[name[1:]]
		if !ok {
			long = name[1:]
		}
		f, err = w.add(long)
		return f, joined, err
	}
	return nil, joined, nil
}

func (w words) add(name string) (*flag, error) {
	mode, known := flags()[name]
	into := w.params
	if known {
		into = w.flags
	}
	if into[name] != nil && mode != repeatable {
		return nil, fmt.Errorf("--%s duplicated", name)
	}
	into[name] = &flag{name: name, mode: mode}
	return into[name], nil
}
