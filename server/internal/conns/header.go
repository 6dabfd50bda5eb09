package conns

import "bytes"

// header follows the lines of the octets that a connection delivers, and counts
// those of a request's header. All it assumes of HTTP is that an empty line ends
// a header.
//
// net/http buffers what it reads, so octets of the next request may have passed
// while the request before it was served. Those are not counted, and are at most
// one buffer of net/http (4 KiB). Only the position in the line is followed all
// the time, because the end of a header depends on it.
type header struct {
	limit int // fields

	line    position
	lines   int  // of this header, complete ones; the first is the request line
	first   int  // octets of the first line
	content bool // an octet other than CR and LF was seen in this header
	done    bool // the empty line was seen
}

// position is the position in a line after the octets seen so far.
type position byte

const (
	lineStart position = iota
	lineCR             // after a CR that is the first octet of the line
	lineText
)

// begin starts with the next header.
func (h *header) begin() {
	*h = header{limit: h.limit, line: h.line}
}

// pass follows octets that are not part of a header.
func (h *header) pass(p []byte) {
	if len(p) == 0 {
		return
	}
	last := len(p) - 1
	switch {
	case p[last] == '\n':
		h.line = lineStart
	case p[last] == '\r' && (last > 0 && p[last-1] == '\n' || last == 0 && h.line == lineStart):
		h.line = lineCR
	default:
		h.line = lineText
	}
}

// scan follows octets of a header. It returns how many of them may be passed on
// now. If over is true, the line after those exceeds the limit. Otherwise the
// octets from n on are to be scanned again when they are read: they follow an
// empty line that either ends the header or, as some clients send it,
// precedes the request line. In the second case net/http continues to read.
func (h *header) scan(p []byte) (n int, over bool) {
	for n < len(p) {
		if h.done {
			h.pass(p[n:])
			return len(p), false
		}
		end := bytes.IndexByte(p[n:], '\n')
		if end < 0 {
			h.add(p[n:])
			h.pass(p[n:])
			return len(p), false
		}
		line := p[n : n+end]
		if h.empty(line) {
			n += end + 1
			h.line = lineStart
			if !h.content {
				return n, false
			}
			h.done = true
			continue
		}
		if h.lines > h.limit {
			return n, true
		}
		h.add(line)
		h.line = lineStart
		h.lines++
		n += end + 1
	}
	return n, false
}

// add counts octets of the current line.
func (h *header) add(part []byte) {
	h.content = h.content || len(bytes.Trim(part, "\r")) > 0
	if h.lines == 0 {
		h.first += len(part)
	}
}

// empty reports whether the current line, which ends with these octets, is empty.
func (h *header) empty(rest []byte) bool {
	switch h.line {
	case lineStart:
		return len(rest) == 0 || len(rest) == 1 && rest[0] == '\r'
	case lineCR:
		return len(rest) == 0
	case lineText:
	}
	return false
}
