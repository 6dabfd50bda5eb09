package auth

import "slices"

// table holds nonces in 8 bytes each: the upper 58 bits of the hash of a nonce,
// then the mark of its minute of expiry (see nonceminute.go). Zero is an empty
// slot. Nonces distributes the nonces over at least 64 tables by the lower bits
// of their hashes, so the 6 bits that the mark replaces are the same for all
// entries of a table, and entries compare as 64-bit fingerprints.
//
// It is a hash table with linear probing that is sorted. The home of an entry
// is its upper 32 bits scaled to the spread, which grows with the entry; every
// entry is at its home or behind it, with no empty slot in between. So a search
// ends at the first greater entry, and a table is packed or resized in one pass.
type table struct {
	slots  []uint64
	spread uint32 // number of slots that are homes; those behind take what is pushed out
	taken  uint32 // number of entries
	oldest int64  // the earliest minute that an entry can be of
	far    int64  // the latest minute that an entry marked farMinute is of
}

const markMask uint64 = allMinutes - 1

// A table grows when 9 in 10 of its homes are taken, so that 8 in 10 are: 8.9 to
// 10 bytes a nonce. It shrinks when about 5 in 10 are.
const (
	fullTenths    = 9
	resizedTenths = 8
	leastSpread   = 8
)

// A table that is not full keeps entries for packMinutes after their own, so that
// it is packed less often: packing each minute would cost as much as all else.
const packMinutes = 4

// spreadFor returns the spread of a table that was resized for n entries.
func spreadFor(n uint32) uint32 {
	if n == 0 {
		return 0
	}
	return n*10/resizedTenths + leastSpread
}

func (t *table) home(e uint64) int { return int(e >> 32 * uint64(t.spread) >> 32) }

// find returns the slot of the entry with this hash, or else the slot where it
// has to be inserted.
func (t *table) find(hash uint64) (at int, found bool) {
	fingerprint := hash &^ markMask
	for at = t.home(hash); at < len(t.slots); at++ {
		e := t.slots[at]
		if e == 0 || e&^markMask > fingerprint {
			return at, false
		}
		if e&^markMask == fingerprint {
			return at, true
		}
	}
	return at, false
}

// isLive reports whether the entry in a slot is of the minute oldest or later.
func (t *table) isLive(at int, oldest int64) bool {
	mark := t.slots[at] & markMask
	if mark == farMinute {
		return t.far >= oldest
	}
	return minuteOf(mark, t.oldest) >= oldest
}

// insert adds an entry at the slot that find returned. The minute must not be
// before oldest; entries of earlier minutes than oldest can be dropped.
func (t *table) insert(at int, hash uint64, minute, oldest int64) {
	for (t.taken+1)*10 > t.spread*fullTenths || !t.push(at) {
		t.makeRoom(oldest)
		at, _ = t.find(hash)
	}
	t.set(at, hash, minute)
	t.taken++
}

// set writes an entry into a slot.
func (t *table) set(at int, hash uint64, minute int64) {
	t.slots[at] = hash&^markMask | t.mark(minute)
}

// makeRoom packs a table that is full, or full at its end. It enlarges the table
// if that dropped nothing or too little.
func (t *table) makeRoom(oldest int64) {
	before := t.taken
	t.forget(oldest)
	if want := spreadFor(t.taken + 1); t.taken == before || t.spread < want {
		t.resize(max(want, t.spread+t.spread/resizedTenths))
	}
}

// extend lets the entry in a slot stay until the minute, if that is later.
func (t *table) extend(at int, minute int64) {
	e := t.slots[at]
	if mark := e & markMask; mark != farMinute && minuteOf(mark, t.oldest) < minute {
		t.slots[at] = e&^markMask | t.mark(minute)
	} else if mark == farMinute {
		t.far = max(t.far, minute)
	}
}

// mark returns the mark of a minute, and notes how long far entries stay.
func (t *table) mark(minute int64) uint64 {
	mark := markOf(minute, t.oldest)
	if mark == farMinute {
		t.far = max(t.far, minute)
	}
	return mark
}

// push empties a slot: it moves the entries from there to the next empty slot up
// by one. It reports false if no slot was empty.
func (t *table) push(at int) bool {
	for end := at; end < len(t.slots); end++ {
		if t.slots[end] == 0 {
			copy(t.slots[at+1:end+1], t.slots[at:end])
			return true
		}
	}
	return false
}

// forget drops the entries of the minutes before oldest, and releases unused
// memory.
func (t *table) forget(oldest int64) {
	if oldest <= t.oldest {
		return
	}
	if t.taken > 0 {
		t.pack(marksBefore(t.oldest, oldest, t.far))
	}
	t.oldest = oldest
	if want := spreadFor(t.taken); want+want/2 < t.spread {
		t.resize(want)
	}
}

// packSometimes forgets if that was not done for packMinutes.
func (t *table) packSometimes(oldest int64) {
	if oldest-t.oldest >= packMinutes {
		t.forget(oldest)
	}
}

// pack drops the entries with one of these marks. Each of the others moves down
// to the first free slot from its home on.
func (t *table) pack(marks uint64) {
	next := 0
	t.taken = 0
	for _, e := range t.slots {
		if e == 0 || marks>>(e&markMask)&1 == 1 {
			continue
		}
		at := max(next, t.home(e))
		clear(t.slots[next:at])
		t.slots[at] = e
		next = at + 1
		t.taken++
	}
	clear(t.slots[next:])
}

// resize moves the entries to a table of about this spread, or of a greater one
// if they do not fit.
func (t *table) resize(spread uint32) {
	entries := t.slots
	for {
		t.slots, t.spread = newSlots(spread)
		if t.fill(entries) {
			return
		}
		spread += spread/resizedTenths + leastSpread
	}
}

// newSlots uses all of the memory that the allocator reserves for them. The
// slots behind the spread are enough for nearly every table: with a load of 0.9,
// more than 40 are needed once in 10,000 tables.
func newSlots(spread uint32) (slots []uint64, roundedUp uint32) {
	if spread == 0 {
		return nil, 0
	}
	slots = slices.Grow(slots, int(spread+spread/64)+leastSpread)
	slots = slots[:cap(slots)]
	return slots, uint32(len(slots)-leastSpread) * 64 / 65
}

// fill writes sorted entries into an empty table. It reports false if they do not
// fit.
func (t *table) fill(entries []uint64) bool {
	next := 0
	for _, e := range entries {
		if e == 0 {
			continue
		}
		at := max(next, t.home(e))
		if at >= len(t.slots) {
			return false
		}
		t.slots[at] = e
		next = at + 1
	}
	return true
}

// rebase makes an earlier minute the oldest one: entries of minutes that are
// then too far ahead for the ring are marked farMinute.
func (t *table) rebase(oldest int64) {
	for i, e := range t.slots {
		if mark := e & markMask; mark != 0 && mark != farMinute {
			if minute := minuteOf(mark, t.oldest); minute-oldest >= ringMinutes {
				t.slots[i] = e&^markMask | farMinute
				t.far = max(t.far, minute)
			}
		}
	}
	t.oldest = oldest
}
