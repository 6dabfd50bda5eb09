package main

import (
	"net"
	"strconv"
	"strings"

	"github.com/esacert/esacert/gen/esaops"
	"github.com/esacert/esacert/server/config"
	"github.com/esacert/esacert/server/internal/admin"
	"github.com/esacert/esacert/server/internal/explorer"
)

// explorerAddress is the address of the explorer. Both fields are empty if it is
// off.
type explorerAddress struct {
	page string // for a log
	open string // for a browser: contains the token, if journal and applications are shown
}

// mount adds the explorer to the API's listener. The token grants access to the
// journal and the applications.
func (c serveCmd) mount(d *app, address net.Addr, base, token string) (explorerAddress, error) {
	local := isLoopback(address)
	if c.Explorer == explorerOff || c.Explorer != explorerOn && !local {
		return explorerAddress{}, nil
	}
	at := explorerAddress{page: base + explorer.Path, open: base + explorer.Path}
	options := explorer.Options{Settings: func() explorer.Settings {
		s := pageSettings(d.current.Load(), c.ConfigFile == "")
		if local { // the path is meaningless on other machines
			s.Root = d.rootFile
		}
		return s
	}}
	if local {
		// For this machine only. No header distinguishes a visitor behind a local
		// reverse proxy, but such a visitor lacks the token.
		options.API = admin.ReadOnlyHandler(admin.Options{Server: d.server})
		options.Token, options.Server, options.Secure = token, port(address), strings.HasPrefix(base, "https://")
		at.open = explorer.Address(base, token)
	}
	page, err := explorer.New(options)
	if err != nil {
		return explorerAddress{}, err
	}
	for _, path := range []string{explorer.Path, strings.TrimSuffix(explorer.Path, "/")} {
		if err := d.server.Mount(path, page); err != nil {
			return explorerAddress{}, err
		}
	}
	return at, nil
}

func port(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return strconv.Itoa(tcp.Port)
	}
	return ""
}

func isLoopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// pageSettings returns the sites that return documented errors and, for the
// built-in example, its public first access key.
func pageSettings(cfg *config.Config, example bool) explorer.Settings {
	s := explorer.Settings{Scenarios: map[string]map[string]string{esaops.ApplyCertificate.Action: {}}}
	if cfg.Scenarios.Base > 0 {
		for _, op := range esaops.All() {
			if _, ok := op.Parameter("SiteId"); !ok {
				continue
			}
			sites := map[string]string{}
			for i, row := range op.Errors {
				sites[row.Key] = strconv.FormatInt(cfg.Scenarios.Base+int64(i+1), 10)
			}
			s.Scenarios[op.Action] = sites
		}
	}
	for _, scenario := range cfg.Scenarios.Sites {
		s.Scenarios[esaops.ApplyCertificate.Action][scenario.Row] = strconv.FormatInt(scenario.Site, 10)
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
