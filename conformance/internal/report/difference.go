package report

import "slices"

// segment is a part of a text that is either the same in another text or not.
type segment struct {
	Text    string
	Differs bool
}

// maxDiffCells bounds the work of comparing two texts: the product of the lengths
// of what is left of them without their common ends.
const maxDiffCells = 1 << 20

// minCommonRun is the shortest run of common characters between two differences
// that is worth showing as common. Single letters that happen to agree make a
// difference harder to read.
const minCommonRun = 3

// difference parts two texts into what they have in common and what not. The
// segments of each, one after the other, are that text.
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

// align marks what is not in a longest common subsequence of a and b.
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

// marks gathers runs of characters, joining those alike.
type marks struct{ runs []marked }

type marked struct {
	text    []rune
	differs bool
}

func (m *marks) add(text []rune, differs bool) {
	if len(text) == 0 {
		return
	}
	if last := len(m.runs) - 1; last >= 0 && m.runs[last].differs == differs {
		m.runs[last].text = append(m.runs[last].text, text...)
		return
	}
	m.runs = append(m.runs, marked{slices.Clone(text), differs})
}

func (m *marks) segments() []segment {
	var segments []segment
	for _, run := range m.runs {
		segments = append(segments, segment{string(run.text), run.differs})
	}
	return segments
}
