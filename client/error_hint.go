package client

import (
	"fmt"
	"time"

	"github.com/esacert/esacert/client/internal/truncate"
	"github.com/esacert/esacert/client/signature"
	"github.com/esacert/esacert/gen/esaerrors"
)

// Hint returns the remedy in one line, or "". It is the remedy of the contract,
// except for clocks and signatures, about which the response is more specific.
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

// signatureHint names the first difference between the two sides.
func (e *ServiceError) signatureHint() string {
	d, ok := e.SignatureDifference()
	signed, received, otherHost := d.Hosts()
	switch {
	case !ok:
		return "the response does not include the service's string to sign; check the access key secret first"
	case d.Equal:
		return "both sides signed the same string, so the secret does not belong to this access key ID"
	case otherHost:
		return "signed for host " + signed + ", received for host " + received +
			": a proxy rewrote the Host header; configure it to pass the header unchanged, or call the service by the host name it receives"
	case d.Name == "hash of the canonical request":
		return "the service computed a different canonical request; a proxy may have changed host, path, query or headers"
	}
	return "a proxy changed the request: " + differenceLine(d)
}

// differenceLine describes a difference in one line.
func differenceLine(d signature.Difference) string {
	what := d.Name
	if d.Parameter != "" {
		what += ", parameter " + d.Parameter
	}
	return fmt.Sprintf("line %d (%s) of the signed string is %s on the client and %s on the service",
		d.Line, what, aroundDifference(d.Ours, d.Offset, d.OursEnded), aroundDifference(d.Theirs, d.Offset, d.TheirsEnded))
}

// aroundDifference quotes a line near the byte at offset.
func aroundDifference(line string, offset int, missing bool) string {
	if missing {
		return "missing"
	}
	quoted, _ := truncate.Around(line, offset, 24, 40)
	return quoted
}

// clockHint returns the difference of the clocks, or usual if it is unknown.
func (e *ServiceError) clockHint(usual string) string {
	switch skew := e.skew.Round(time.Second); {
	case skew > 0:
		return fmt.Sprintf("the local clock is %s ahead of the service; synchronize it", skew)
	case skew < 0:
		return fmt.Sprintf("the local clock is %s behind the service; synchronize it", -skew)
	}
	return usual
}
