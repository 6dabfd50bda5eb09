package pebbletest

import (
	"reflect"
	"time"
	"unsafe"

	"github.com/letsencrypt/pebble/v2/va"
	"github.com/miekg/dns"
)

// patience is how long one question to the DNS may take. The library gives up
// after 2 s, which is less than a machine that is busy may stand still for.
const dnsTimeout = time.Minute

// setDNSTimeout sets it for Pebble, which has no option for it and does not export
// the field; what Pebble has is a limit of 15 s for a whole validation. The version
// of Pebble is pinned, and the field's type is checked by every test that validates.
func setDNSTimeout(validation *va.VAImpl) {
	client := reflect.ValueOf(validation).Elem().FieldByName("dnsClient")
	(*(**dns.Client)(unsafe.Pointer(client.UnsafeAddr()))).Timeout = dnsTimeout //nolint:gosec // G103: there is no other way to the field
}
