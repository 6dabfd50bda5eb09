package auth

// An expiry is remembered as its minute since 1970, in the minuteBits lower
// bits of an entry. These distinguish the ringMinutes minutes from the oldest
// one that is remembered. A nonce that expires later than that is marked
// farMinute and kept until the last nonce with this mark has expired. That only
// happens to nonces that were used while the clock was far ahead: a request is
// dated 15 minutes ahead at most, so its nonce expires within 30 minutes.
const (
	minuteBits  = 6
	farMinute   = 1<<minuteBits - 1
	ringMinutes = farMinute - 1
	allMinutes  = 1 << minuteBits
)

// markOf returns the mark, from 1 to farMinute, of a minute that is not before
// the oldest.
func markOf(minute, oldest int64) uint64 {
	if minute-oldest >= ringMinutes {
		return farMinute
	}
	return ringMark(minute)
}

// ringMark returns the mark of a minute that is near enough. It is the same
// whatever the oldest minute is.
func ringMark(minute int64) uint64 {
	m := minute % ringMinutes
	if m < 0 {
		m += ringMinutes
	}
	return uint64(m) + 1
}

// minuteOf returns the minute of a mark that is not farMinute.
func minuteOf(mark uint64, oldest int64) int64 {
	first := ringMark(oldest)
	if mark < first {
		mark += ringMinutes
	}
	return oldest + int64(mark-first)
}

// minuteAt returns the minute of a second.
func minuteAt(second int64) int64 {
	minute := second / 60
	if second%60 < 0 {
		minute--
	}
	return minute
}

// marksBefore returns the marks, one bit each, of the minutes from one oldest
// minute to a later one; farMinute too if the latest of its minutes is before.
func marksBefore(from, to, far int64) uint64 {
	var marks uint64
	for minute := from; minute < min(to, from+ringMinutes); minute++ {
		marks |= 1 << ringMark(minute)
	}
	if far < to {
		marks |= 1 << farMinute
	}
	return marks
}
