package main

import (
	"errors"
	"fmt"

	"github.com/esacert/esacert/server/internal/issuance/dns01"
	"github.com/esacert/esacert/server/internal/operations"
)

type challengeCmd struct {
	Domain     string `arg:"" help:"Domain name. A wildcard uses the record of its base name."`
	Zone       string `help:"Zone delegated to the server. Default: the zone in the configuration."`
	ConfigFile string `name:"config" env:"ESACERTD_CONFIG" type:"path" placeholder:"FILE" help:"Configuration file of the server."`
}

// Run prints the CNAME record in zone file syntax.
func (c challengeCmd) Run(s streams) error {
	name, err := operations.ParseName(c.Domain)
	if err != nil {
		return err
	}
	if c.Zone == "" {
		cfg, err := serveCmd{ConfigFile: c.ConfigFile}.read()
		if err != nil {
			return err
		}
		if c.Zone = cfg.Issuing.DNS.Zone; c.Zone == "" {
			return errors.New("issuing.dns.zone is not set; pass --zone")
		}
	}
	_, err = fmt.Fprintln(s.out, dns01.Delegation(c.Zone, string(name)))
	return err
}
