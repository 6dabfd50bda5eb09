package pebbletest

import (
	"reflect"
	"time"
	"unsafe"

	"github.com/letsencrypt/pebble/v2/va"
	"github.com/miekg/dns"
)

// dnsTimeout is the timeout of one DNS query. The library's default of 2 s is too
// short for a busy machine.
const dnsTimeout = time.Minute

// setDNSTimeout sets the query timeout of Pebble, which has neither an option nor
// an exported field for it, and limits only the whole validation, to 15 s. The
// version of Pebble is pinned, and every test that validates a name would fail if
// the field had another type.
func setDNSTimeout(validation *va.VAImpl) {
	client := reflect.ValueOf(validation).Elem().FieldByName("dnsClient")
	(*(**dns.Client)(unsafe.Pointer(client.UnsafeAddr()))).Timeout = dnsTimeout //nolint:gosec // G103: the field is unexported
}
