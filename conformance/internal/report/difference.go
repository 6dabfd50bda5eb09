package report

import "slices"

// segment is a part of a string that either equals a part of another string or not.
type segment struct {
	Text    string
	Differs bool
}

// maxDiffCells bounds the product of the lengths of two strings, without their common
// prefix and suffix, that are compared.
const maxDiffCells = 1 << 20

// minCommonRun is the minimum length of common characters between two differences
// that is shown as common. Single equal letters make a difference harder to read.
const minCommonRun = 3

// difference splits two strings into common and differing segments. The
// concatenated segments of each are the string.
func difference(want, got string) (wants, gots []segment) {
	a, b := []rune(want), []rune(got)
	head := commonHead(a, b)
	tail := commonHead(reversed(a[head:]), reversed(b[head:]))
	midA, midB := a[head:len(a)-tail], b[head:len(b)-tail]

	var w, g marks
	w.add(a[:head], false)
	g.add(b[:head], false)
	if len(midA)*len(midB) > maxDiffCells {
		w.add(midA, true)
		g.add(midB, true)
	} else {
		align(midA, midB, &w, &g)
	}
	w.add(a[len(a)-tail:], false)
	g.add(b[len(b)-tail:], false)
	return w.segments(), g.segments()
}

func commonHead(a, b []rune) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func reversed(a []rune) []rune {
	a = slices.Clone(a)
	slices.Reverse(a)
	return a
}

// align marks the characters that are not in a longest common subsequence of a and b.
func align(a, b []rune, w, g *marks) {
	lengths := make([][]int32, len(a)+1)
	for i := range lengths {
		lengths[i] = make([]int32, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				lengths[i][j] = lengths[i+1][j+1] + 1
			} else {
				lengths[i][j] = max(lengths[i+1][j], lengths[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		run := commonHead(a[i:], b[j:])
		switch {
		case run > 0:
			w.add(a[i:i+run], run < minCommonRun)
			g.add(b[j:j+run], run < minCommonRun)
			i, j = i+run, j+run
		case lengths[i+1][j] >= lengths[i][j+1]:
			w.add(a[i:i+1], true)
			i++
		default:
			g.add(b[j:j+1], true)
			j++
		}
	}
	w.add(a[i:], true)
	g.add(b[j:], true)
}

// marks collects runs of characters and merges adjacent ones of the same kind.
type marks struct{ runs []marked }

type marked struct {
	runes   []rune
	differs bool
}

func (m *marks) add(runes []rune, differs bool) {
	if len(runes) == 0 {
		return
	}
	if last := len(m.runs) - 1; last >= 0 && m.runs[last].differs == differs {
		m.runs[last].runes = append(m.runs[last].runes, runes...)
		return
	}
	m.runs = append(m.runs, marked{slices.Clone(runes), differs})
}

func (m *marks) segments() []segment {
	var segments []segment
	for _, run := range m.runs {
		segments = append(segments, segment{string(run.runes), run.differs})
	}
	return segments
}
