package pebbletest

import (
	"strings"

	"github.com/esacert/esacert/server/internal/issuance/dns01"
)

// Delegated are zones of which every challenge name is delegated to one of our
// own DNS servers.
func Delegated(zone, server string) Zones {
	return func(name string) (alias, at string) {
		return dns01.Target(zone, strings.TrimPrefix(name, "_acme-challenge.")), server
	}
}
