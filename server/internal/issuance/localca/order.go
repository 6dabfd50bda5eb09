package localca

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// order is the content of an order's URL.
type order struct {
	id int64 // of the application
	at time.Time
}

const urlPrefix = "localca:order/"

// url encodes an order like localca:order/30000478/1764000000000000, the time
// in microseconds since 1970.
func (o order) url() string { return fmt.Sprintf("%s%d/%d", urlPrefix, o.id, o.at.UnixMicro()) }

// parseOrder parses the output of url.
func parseOrder(url string) (order, error) {
	id, at, found := strings.Cut(strings.TrimPrefix(url, urlPrefix), "/")
	application, idErr := strconv.ParseInt(id, 10, 64)
	micros, atErr := strconv.ParseInt(at, 10, 64)
	if idErr == nil && atErr == nil && found {
		if o := (order{id: application, at: time.UnixMicro(micros).UTC()}); o.url() == url {
			return o, nil
		}
	}
	return order{}, fmt.Errorf("localca: %q is not an order like %s30000478/1764000000000000", url, urlPrefix)
}
