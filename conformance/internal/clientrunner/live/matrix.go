package live

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Matrix collects verdicts by situation and client. It may be used by many
// goroutines.
type Matrix struct {
	mu         sync.Mutex
	clients    []string
	situations []string
	cells      map[cell]*tally
	failures   []string
	known      []string
}

type cell struct{ situation, client string }

// tally counts the ways of one situation and client.
type tally struct{ passed, failed, known, lacking int }

// NewMatrix makes a matrix with a column for each client, in this order.
func NewMatrix(clients ...string) *Matrix {
	return &Matrix{clients: clients, cells: map[cell]*tally{}}
}

// Pass records that a call went as it should.
func (m *Matrix) Pass(situation, client string) {
	m.count(situation, client, func(t *tally) { t.passed++ })
}

// Lack records that a client has no way to make a call, as was known of it.
func (m *Matrix) Lack(situation, client string) {
	m.count(situation, client, func(t *tally) { t.lacking++ })
}

// Fail records that a call went otherwise.
func (m *Matrix) Fail(situation, client, way string, cause error) {
	m.count(situation, client, func(t *tally) { t.failed++ })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failures = append(m.failures, fmt.Sprintf("%s | %s | %s: %v", client, situation, way, cause))
}

// Known records that a call went as the client is known to do wrong.
func (m *Matrix) Known(situation, client, reason string) {
	m.count(situation, client, func(t *tally) { t.known++ })
	m.mu.Lock()
	defer m.mu.Unlock()
	line := fmt.Sprintf("%s | %s: %s", client, situation, reason)
	if !slices.Contains(m.known, line) {
		m.known = append(m.known, line)
	}
}

func (m *Matrix) count(situation, client string, change func(*tally)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(m.situations, situation) {
		m.situations = append(m.situations, situation)
	}
	at := cell{situation, client}
	if m.cells[at] == nil {
		m.cells[at] = &tally{}
	}
	change(m.cells[at])
}

// Failures has a line for each call that failed.
func (m *Matrix) Failures() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.failures)
}

// KnownFailures has a line for each situation in which a client failed as known.
func (m *Matrix) KnownFailures() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.known)
}

// has tells whether anything was recorded of a client in a situation.
func (m *Matrix) has(situation, client string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cells[cell{situation, client}] != nil
}

// Totals counts the calls of all clients.
func (m *Matrix) Totals() (passed, failed, lacking int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.cells {
		passed, failed, lacking = passed+t.passed, failed+t.failed, lacking+t.lacking
	}
	return passed, failed, lacking
}

// String draws the matrix: a line for each situation in the order in which they
// were first recorded, the known failures with their reasons, the failures, and
// a closing line that counts.
func (m *Matrix) String() string {
	rows := [][]string{append([]string{"situation"}, m.clients...)}
	m.mu.Lock()
	for _, situation := range m.situations {
		row := []string{situation}
		for _, client := range m.clients {
			row = append(row, m.cells[cell{situation, client}].String())
		}
		rows = append(rows, row)
	}
	m.mu.Unlock()
	var b strings.Builder
	writeTable(&b, rows)
	passed, failed, lacking := m.Totals()
	if lacking > 0 {
		fmt.Fprintf(&b, "\n-N: N calls that the client has no way to make (%d in all)\n", lacking)
	}
	if known := m.KnownFailures(); len(known) > 0 {
		b.WriteString("\nknown N: N calls that the client is known to get wrong:\n")
		for _, line := range known {
			b.WriteString("  " + line + "\n")
		}
	}
	for _, failure := range m.Failures() {
		fmt.Fprintf(&b, "\nFAIL %s\n", failure)
	}
	fmt.Fprintf(&b, "\ninterop: %d passed, %d failed\n", passed, failed)
	return b.String()
}

// String is what stands in a cell.
func (t *tally) String() string {
	if t == nil {
		return "not run"
	}
	if t.failed > 0 {
		return fmt.Sprintf("FAIL %d of %d", t.failed, t.failed+t.passed+t.known)
	}
	var parts []string
	for _, part := range []struct {
		format string
		count  int
	}{{"ok %d", t.passed}, {"known %d", t.known}, {"-%d", t.lacking}} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf(part.format, part.count))
		}
	}
	return strings.Join(parts, " ")
}

// writeTable aligns the columns; rows have equally many.
func writeTable(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			fmt.Fprintf(&line, "%-*s  ", widths[i], text)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}
