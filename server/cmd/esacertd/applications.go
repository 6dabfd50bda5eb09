package main

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/esacert/esacert/server/config"
)

type applicationsCmd struct {
	List   listCmd   `cmd:"" default:"withargs" help:"List applications, oldest first."`
	Show   showCmd   `cmd:"" help:"Show an application's status, attempts, last error and certificate."`
	Wait   waitCmd   `cmd:"" help:"Wait until an application is Issued or Failed."`
	Verify verifyCmd `cmd:"" help:"Verify an application's certificate against a root."`
	Export exportCmd `cmd:"" help:"Write an application's certificate and private key to files. Needs a server that stores in a file."`
	Cancel cancelCmd `cmd:"" help:"Cancel an application that is Applying: its status becomes Failed and its quota is released."`
}

// adminFlag is the admin API of a running server. Its default is where a server
// listens whose configuration names no other address.
type adminFlag struct {
	Admin string `env:"ESACERTD_ADMIN_URL" default:"${admin_url}" placeholder:"URL" help:"Admin API URL, as printed in the ready line. Default: ${admin_url}."`
}

// defaultAdminURL is the admin URL of a server without a setting for it.
func defaultAdminURL() string { return "http://" + config.Default().Admin }

// url is the URL of a path of the admin API. Without a scheme it is http, which
// is all that the admin API speaks.
func (a adminFlag) url(path string) (string, error) {
	base := strings.TrimSpace(a.Admin)
	if !strings.Contains(base, "://") {
		base = "http://" + base
	}
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", &usageError{fmt.Errorf("--admin (or ESACERTD_ADMIN_URL): %q is not a URL: want http://host:port, as printed in the ready line of esacertd", a.Admin)}
	}
	return strings.TrimSuffix(base, "/") + path, nil
}
