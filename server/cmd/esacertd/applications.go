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
	Wait   waitCmd   `cmd:"" help:"Wait until an application is Issued, Failed or Canceled."`
	Verify verifyCmd `cmd:"" help:"Verify an application's certificate against a root."`
	Export exportCmd `cmd:"" help:"Write an application's certificate and private key to files. Needs a server that stores in a file."`
	Cancel cancelCmd `cmd:"" help:"Cancel an application that is Applying: its status becomes Canceled and its quota is released."`
}

// adminFlag is the admin URL of a running server. The default is the default
// address of the configuration.
type adminFlag struct {
	Admin string `env:"ESACERTD_ADMIN_URL" default:"${admin_url}" placeholder:"URL" help:"Admin API URL, as printed in the ready line. Default: ${admin_url}."`
}

// defaultAdminURL returns the admin URL of the default configuration.
func defaultAdminURL() string { return "http://" + config.Default().Admin }

// url returns the URL of a path of the admin API. The default scheme is http, the
// only one that the admin API supports.
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
