package auth

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkTable checks what every search relies on: the entries are sorted, each is
// at its home or behind it, and no slot in between is empty.
func checkTable(t *rapid.T, table *table) {
	t.Helper()
	live, last := uint32(0), uint64(0)
	for i, e := range table.slots {
		if e == 0 {
			continue
		}
		live++
		if e <= last {
			t.Fatalf("slot %d: %x after %x", i, e, last)
		}
		last = e
		if home := table.home(e); home > i || slices.Contains(table.slots[home:i], 0) {
			t.Fatalf("slot %d: the entry belongs to slot %d, with an empty one in between", i, home)
		}
	}
	if live != table.taken || table.taken > 0 && uint64(table.taken)*10 > uint64(table.spread)*fullTenths {
		t.Fatalf("%d entries, counted as %d, in a spread of %d", live, table.taken, table.spread)
	}
}

// Against a map: whatever is inserted, forgotten and rebased, an entry is found
// until its minute is over, and longer only if it is marked as far ahead.
func TestTableAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tab, model := &table{oldest: 1000}, map[uint64]int64{} // the last minutes
		// Hashes that differ in few bits gather at few homes.
		hash := rapid.OneOf(rapid.Uint64(), rapid.Uint64Range(0, 1<<12), rapid.Map(rapid.Uint64Range(0, 300), func(n uint64) uint64 { return ^(n << minuteBits) }))
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				for _, h := range rapid.SliceOfN(hash, 1, 50).Draw(t, "hashes") {
					h &^= markMask
					at, found := tab.find(h)
					if _, want := model[h]; found != want {
						t.Fatalf("%x found: %v, want %v", h, found, want)
					}
					minute := tab.oldest + rapid.Int64Range(0, 100).Draw(t, "minute")
					if found {
						tab.extend(at, minute)
						model[h] = max(model[h], minute)
						continue
					}
					tab.insert(at, h, minute, tab.oldest)
					model[h] = minute
				}
			},
			"forget": func(t *rapid.T) {
				tab.forget(tab.oldest + rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(60, 200)).Draw(t, "minutes"))
				for h, minute := range model {
					at, found := tab.find(h)
					if minute >= tab.oldest && !found {
						t.Fatalf("%x of minute %d is forgotten at %d", h, minute, tab.oldest)
					}
					if found && minute < tab.oldest && tab.slots[at]&markMask != farMinute {
						t.Fatalf("%x of minute %d is there at %d", h, minute, tab.oldest)
					}
					if !found {
						delete(model, h)
					}
				}
				if len(model) == 0 && tab.slots != nil {
					t.Fatalf("an empty table has %d slots", len(tab.slots))
				}
			},
			"rebase": func(t *rapid.T) { tab.rebase(tab.oldest - rapid.Int64Range(0, 200).Draw(t, "minutes")) },
			"": func(t *rapid.T) {
				checkTable(t, tab)
				if int(tab.taken) != len(model) {
					t.Fatalf("%d entries, want %d", tab.taken, len(model))
				}
			},
		})
	})
}

// A large table releases its memory as its entries expire.
func TestTableGivesMemoryBack(t *testing.T) {
	t.Parallel()
	tab := &table{}
	const n = 30_000
	for i := range uint64(n) {
		h := i * 0x9e3779b97f4a7c15 &^ markMask
		at, _ := tab.find(h)
		tab.insert(at, h, int64(i*30/n), 0)
	}
	for minute := range int64(31) {
		tab.forget(minute)
		if bytes := 8 * cap(tab.slots); tab.taken > 100 && bytes > 17*int(tab.taken) {
			t.Errorf("minute %d: %d bytes for %d entries", minute, bytes, tab.taken)
		}
	}
	if tab.slots != nil {
		t.Errorf("%d slots are left", len(tab.slots))
	}
}

func TestMinutes(t *testing.T) {
	t.Parallel()
	for _, oldest := range []int64{-63, -1, 0, 1, 61, 62, 29_000_000} {
		for ahead := range int64(ringMinutes) {
			mark := markOf(oldest+ahead, oldest)
			if got := minuteOf(mark, oldest); mark < 1 || mark >= farMinute || got != oldest+ahead {
				t.Errorf("minute %d after %d has mark %d, which is minute %d", oldest+ahead, oldest, mark, got)
			}
		}
		if mark := markOf(oldest+ringMinutes, oldest); mark != farMinute {
			t.Errorf("minute %d after %d has mark %d", oldest+ringMinutes, oldest, mark)
		}
	}
}
