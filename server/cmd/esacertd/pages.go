package main

import (
	"net"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/admin"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/explorer"
)

// mount puts the explorer on the API's listener and returns its URL, or "".
func (c serveCmd) mount(d *service, address net.Addr, base string) (string, error) {
	local := isLoopback(address)
	if c.Explorer == explorerOff || c.Explorer != explorerOn && !local {
		return "", nil
	}
	options := explorer.Options{Settings: func() explorer.Settings {
		s := pageSettings(d.inForce.Load(), c.ConfigFile == "")
		if local { // elsewhere the path names nothing
			s.Root = d.rootFile
		}
		return s
	}}
	if local {
		// Nobody is asked for a key there, so they are for this machine alone.
		options.API = admin.ReadOnly(admin.Options{Server: d.server})
	}
	page, err := explorer.New(options)
	if err != nil {
		return "", err
	}
	for _, path := range []string{explorer.Path, strings.TrimSuffix(explorer.Path, "/")} {
		if err := d.server.Mount(path, page); err != nil {
			return "", err
		}
	}
	return base + explorer.Path, nil
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// pageSettings tell the page which sites answer the rows of the table, and the
// first key of the built-in example, which everybody knows.
func pageSettings(cfg *config.Config, example bool) explorer.Settings {
	s := explorer.Settings{Scenarios: map[string]string{}}
	if cfg.Scenarios.Base > 0 {
		for _, row := range esaerrors.Rows() {
			s.Scenarios[row.Key] = strconv.FormatInt(cfg.Scenarios.Base+int64(row.Number), 10)
		}
	}
	for _, scenario := range cfg.Scenarios.Sites {
		s.Scenarios[scenario.Row] = strconv.FormatInt(scenario.Site, 10)
	}
	if key := firstKey(cfg); example && key != nil {
		s.Credentials = &explorer.Credentials{AccessKeyID: key.ID, AccessKeySecret: key.Secret.Reveal()}
	}
	return s
}

func firstKey(cfg *config.Config) *config.AccessKey {
	if len(cfg.Accounts) == 0 || len(cfg.Accounts[0].AccessKeys) == 0 {
		return nil
	}
	return &cfg.Accounts[0].AccessKeys[0]
}
