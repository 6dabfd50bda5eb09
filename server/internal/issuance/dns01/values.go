package dns01

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// values are the contents of the served TXT records, by the label of their name.
type values struct {
	now    func() time.Time
	expiry time.Duration

	mu    sync.RWMutex
	names map[string][]value
}

type value struct {
	content string
	until   time.Time
}

// add adds a value, or extends the expiry of an existing one.
func (v *values) add(label, content string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if _, found := v.names[label]; !found && len(v.names) >= maxNames {
		v.sweep(now)
		if len(v.names) >= maxNames {
			return fmt.Errorf("%d names already have values, the maximum", maxNames)
		}
	}
	kept := slices.DeleteFunc(v.names[label], func(old value) bool { return old.content == content || v.expired(old, now) })
	if len(kept) >= maxValues {
		v.names[label] = kept
		return fmt.Errorf("the name already has %d values, the maximum", maxValues)
	}
	v.names[label] = append(kept, value{content: content, until: now.Add(v.expiry)})
	return nil
}

func (v *values) remove(label, content string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kept := slices.DeleteFunc(v.names[label], func(old value) bool { return old.content == content })
	if len(kept) == 0 {
		delete(v.names, label)
		return
	}
	v.names[label] = kept
}

// of returns the values of a name, the oldest first.
func (v *values) of(label string) (contents []string) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	now := v.now()
	for _, held := range v.names[label] {
		if !v.expired(held, now) {
			contents = append(contents, held.content)
		}
	}
	return contents
}

// expired reports whether a value has expired. A value added before the clock was
// set back expires later.
func (v *values) expired(held value, now time.Time) bool { return !held.until.After(now) }

func (v *values) sweep(now time.Time) {
	for label, held := range v.names {
		held = slices.DeleteFunc(held, func(old value) bool { return v.expired(old, now) })
		if len(held) == 0 {
			delete(v.names, label)
		} else {
			v.names[label] = held
		}
	}
}
