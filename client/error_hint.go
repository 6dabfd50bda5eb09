package client

import (
	"fmt"
	"strconv"
	"time"

	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Advice says what to do about the refusal, in one line; empty where the
// message says all. It is the remedy of the contract, but for clocks and
// signatures, where the answer tells more.
func (e *ServiceError) Hint() string {
	row, ok := e.Documented()
	if !ok {
		return ""
	}
	switch row {
	case esaerrors.SignatureDoesNotMatchACS3, esaerrors.SignatureDoesNotMatchRPC:
		return e.signatureHint()
	case esaerrors.UnauthorizedInvalidTime, esaerrors.InvalidTimeStampExpired:
		return e.clockHint(row.Remedy)
	}
	return row.Remedy
}

// signatureHint tells where the two sides parted.
func (e *ServiceError) signatureHint() string {
	d, ok := e.SignatureDifference()
	signed, received, otherHost := d.Hosts()
	switch {
	case !ok:
		return "the answer does not show what the service signed; compare the access key secret first"
	case d.Equal:
		return "both sides signed the same text, so the access key secret is not the one of this access key id"
	case otherHost:
		return "signed for host " + signed + ", received for host " + received +
			": something between, such as a proxy, rewrote the Host header; have it pass the header unchanged, or call the service by the name that it receives"
	case d.Name == "hash of the canonical request":
		return "the service computed another canonical request and does not show it; something between changed the request (host, path, query or headers)"
	}
	return "something between changed the request: " + differenceLine(d)
}

// differenceLine tells a difference in one line.
func differenceLine(d signature.Difference) string {
	what := d.Name
	if d.Parameter != "" {
		what += ", parameter " + d.Parameter
	}
	return fmt.Sprintf("line %d (%s) of the signed text is %s here and %s there",
		d.Line, what, around(d.Ours, d.Offset, d.OursEnded), around(d.Theirs, d.Offset, d.TheirsEnded))
}

// around quotes a line near the byte at offset.
func around(line string, offset int, ended bool) string {
	const before, after = 24, 40
	if ended {
		return "missing"
	}
	offset = min(offset, len(line))
	from, to := max(0, offset-before), min(len(line), offset+after)
	text := strconv.Quote(line[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(line) {
		text += "…"
	}
	return text
}

// clockHint tells how far the two clocks are apart; usual where that is not
// known.
func (e *ServiceError) clockHint(usual string) string {
	switch skew := e.skew.Round(time.Second); {
	case skew > 0:
		return fmt.Sprintf("the clock here is %s ahead of the service's; set it", skew)
	case skew < 0:
		return fmt.Sprintf("the clock here is %s behind the service's; set it", -skew)
	}
	return usual
}
