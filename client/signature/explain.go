package signature

import (
	"fmt"
	"strings"

	"github.com/esacert/esacert/client/internal/truncate"
)

// Difference is the first difference between two canonical requests, or two
// strings to sign. Tokens in its lines are masked byte for byte.
type Difference struct {
	// Equal is set if the two are equal; the other fields are then zero.
	Equal bool
	// Line is the line number, from 1.
	Line int
	// Name is what that line is in ours: "method", "URI", "query", "header
	// host", "blank line after the headers", "signed headers", "body hash"; in
	// a string to sign "algorithm", "hash of the canonical request", or for RPC
	// "method", "path", "parameters".
	Name string
	// Parameter is the decoded name of the first differing parameter, else
	// empty.
	Parameter string
	// Offset is the number of bytes that the two lines have in common.
	Offset int
	// Ours and Theirs are the two lines, without their line ends.
	Ours, Theirs string
	// OursEnded and TheirsEnded are set if this side lacks the line.
	OursEnded, TheirsEnded bool
}

// explain finds the first difference between two canonical requests or two
// strings to sign. The structure of ours decides which of these they are.
func explain(ours, theirs string) Difference {
	if ours == theirs {
		return Difference{Equal: true}
	}
	ourLines, theirLines := strings.Split(ours, "\n"), strings.Split(theirs, "\n")
	at := 0
	for at < len(ourLines) && at < len(theirLines) && ourLines[at] == theirLines[at] {
		at++
	}
	d := Difference{Line: at + 1, OursEnded: at == len(ourLines), TheirsEnded: at == len(theirLines)}
	if !d.OursEnded {
		d.Ours = ourLines[at]
	}
	if !d.TheirsEnded {
		d.Theirs = theirLines[at]
	}
	d.Offset = commonPrefix(d.Ours, d.Theirs)
	d.name(ourLines, at)
	d.Ours = redactLine(ourLines, at)
	d.Theirs = redactLine(theirLines, at)
	return d
}

// name sets the name of the line at that index, from the structure of our
// string.
func (d *Difference) name(lines []string, at int) {
	switch {
	case len(lines) == 1:
		d.nameRPC()
	case strings.HasPrefix(lines[0], algorithmPrefixV3):
		d.Name = lineName([]string{"algorithm", "hash of the canonical request"}, at)
	case at < 3:
		d.Name = [...]string{"method", "URI", "query"}[at]
		if at == 2 {
			d.Parameter = parameterAt(d.Ours, d.Theirs, "&", "=")
		}
	default:
		empty := 3
		for empty < len(lines) && lines[empty] != "" {
			empty++
		}
		if at < empty {
			name, _, _ := strings.Cut(lines[at], ":")
			d.Name = "header " + printable(name)
			return
		}
		d.Name = lineName([]string{"blank line after the headers", "signed headers", "body hash"}, at-empty)
	}
}

// nameRPC names the part of an RPC string to sign in which the two differ.
func (d *Difference) nameRPC() {
	d.Name = "method"
	if common := d.Ours[:d.Offset]; strings.Count(common, "&") == 1 {
		d.Name = "path"
	} else if strings.Count(common, "&") > 1 {
		d.Name = "parameters"
		d.Parameter = parameterAt(thirdPart(d.Ours), thirdPart(d.Theirs), "%26", "%3D")
	}
}

func thirdPart(stringToSign string) string {
	parts := strings.SplitN(stringToSign, "&", 3)
	return parts[len(parts)-1]
}

func lineName(names []string, at int) string {
	if at < len(names) {
		return names[at]
	}
	return "after the end"
}

// parameterAt returns the decoded name of the first parameter that differs: of
// ours, or of theirs if ours is shorter.
func parameterAt(ours, theirs, separator, equals string) string {
	a, b := strings.Split(ours, separator), strings.Split(theirs, separator)
	for i := range max(len(a), len(b)) {
		if i < len(a) && i < len(b) && a[i] == b[i] {
			continue
		}
		piece := b[min(i, len(b)-1)]
		if i < len(a) && a[i] != "" {
			piece = a[i]
		}
		name, _, _ := strings.Cut(piece, equals)
		if brokenEscape(name) == "" {
			name = decode(name)
		}
		return name
	}
	return ""
}

func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// redactLine returns a line with its tokens masked, or "" if it does not exist.
func redactLine(lines []string, at int) string {
	if at == len(lines) {
		return ""
	}
	return Redact(lines[at])
}

// String shows both lines, one under the other, with a mark under the first
// byte that differs. Long lines are truncated around it.
func (d Difference) String() string {
	if d.Equal {
		return "no difference: both sides signed the same string, so their secrets differ"
	}
	what := d.Name
	if d.Parameter != "" {
		what += ", parameter " + printable(d.Parameter)
	}
	ours, mark := d.show(d.Ours, d.OursEnded)
	theirs, theirMark := d.show(d.Theirs, d.TheirsEnded)
	if d.OursEnded {
		mark = theirMark
	}
	return fmt.Sprintf("line %d (%s) differs at byte %d:\n  ours:   %s\n  theirs: %s\n          %s^",
		d.Line, what, d.Offset+1, ours, theirs, strings.Repeat(" ", mark))
}

// contextBytes is the number of bytes that String shows on either side of a
// difference.
const contextBytes = 48

// show quotes the part of a line around the difference and returns the column
// of the difference in it.
func (d Difference) show(line string, missing bool) (quoted string, column int) {
	if missing {
		return "(line is missing)", 0
	}
	return truncate.Around(line, d.Offset, contextBytes, contextBytes)
}
