package pebbletest

import (
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/dns01"
)

// Delegated returns Zones in which every challenge name is delegated to the zone
// of a dns01.Server at the given address.
func Delegated(zone, server string) Zones {
	return func(name string) (alias, at string) {
		return dns01.Target(zone, strings.TrimPrefix(name, "_acme-challenge.")), server
	}
}
