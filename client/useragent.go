package client

import "runtime"

// Version is the version of this package, as the User-Agent names it.
const Version = "0.1.0"

// defaultUserAgent has the shape of the vendor's own: product, platform,
// language.
func defaultUserAgent() string {
	return "esacert-go/" + Version + " (" + runtime.GOOS + "; " + runtime.GOARCH + ") " + runtime.Version()
}
