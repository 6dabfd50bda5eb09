package dns01

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// values are the TXT records that are served, by the label of their name.
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

// add serves a value, or serves one that is there for longer.
func (v *values) add(label, content string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	if _, found := v.names[label]; !found && len(v.names) >= maxNames {
		v.sweep(now)
		if len(v.names) >= maxNames {
			return fmt.Errorf("%d names have values already, which is the most there may be", maxNames)
		}
	}
	kept := slices.DeleteFunc(v.names[label], func(old value) bool { return old.content == content || v.expired(old, now) })
	if len(kept) >= maxValues {
		v.names[label] = kept
		return fmt.Errorf("the name has %d values already, which is the most there may be", maxValues)
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

// of lists the values of a name, the oldest first.
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

// expired tells whether a value has expired. One that lasts longer than any can was
// made by a clock that has been set back; it stays until the clock gets there.
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
