package config

import (
	"strings"
	"time"
)

// Validate checks a configuration that was changed after it was parsed, or made
// without a file. Only here are addresses checked that exclude each other, because
// a change may replace one of them. The error is an *Error without lines.
func (c *Config) Validate() error {
	p := c.problems()
	c.checkListeners(&p)
	return p.err("")
}

// problems checks everything that can be checked without the file.
func (c *Config) problems() problems {
	var p problems
	c.checkServer(&p)
	c.checkLimits(&p)
	c.checkIssuing(&p)
	c.checkPolicies(&p)
	c.checkScenarios(&p)
	c.checkAccounts(&p)
	return p
}

func (c *Config) checkServer(p *problems) {
	checkAddress(p, "listen", c.Listen)
	if c.Admin != Off {
		checkAddress(p, "admin", c.Admin)
	}
	if c.Store == "" {
		p.add("store", "it must be the path of a database file, or %s", InMemory)
	}
	if _, ok := logLevel(c.LogLevel); !ok {
		p.add("log_level", "%s is none of debug, info, warn or error", quoteOrMissing(c.LogLevel))
	}
	if !matchesAlphabet(c.Region, lower+digits+"-", 64) {
		p.add("region", "%s is no region id, like cn-hangzhou", quoteOrMissing(c.Region))
	}
	if c.HostID != "" && !matchesAlphabet(c.HostID, letters+digits+".-:", 260) {
		p.add("host_id", "%s is no host, like esa.cn-hangzhou.aliyuncs.com", quoted(c.HostID))
	}
}

// Letters that ids and names are spelled with.
const (
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
)

// matchesAlphabet reports whether a string has 1 to maxLen bytes, all of them
// from the alphabet.
func matchesAlphabet(s, alphabet string, maxLen int) bool {
	return s != "" && len(s) <= maxLen && strings.Trim(s, alphabet) == ""
}

// The smallest values with which the documented requests still pass; larger
// ones than these would no longer protect.
const (
	minSizeLimit    = 1 << 10
	maxSizeLimit    = 64 << 20
	minTimeout      = time.Millisecond
	maxTimeout      = 10 * time.Minute
	maxCapacity     = 100_000_000
	minHeaderFields = 20
	maxHeaderFields = 10_000
	maxConnections  = 1_000_000
)

func (c *Config) checkLimits(p *problems) {
	for _, limit := range []struct {
		path string
		size int64
	}{{"limits.url", c.Limits.URL}, {"limits.header", c.Limits.Header}, {"limits.body", c.Limits.Body}} {
		if limit.size < minSizeLimit || limit.size > maxSizeLimit {
			p.add(limit.path, "%d octets are not between 1KiB and 64MiB", limit.size)
		}
	}
	if n := c.Limits.HeaderFields; n < minHeaderFields || n > maxHeaderFields {
		p.add("limits.header_fields", "%d is not between %d and %d", n, minHeaderFields, maxHeaderFields)
	}
	if n := c.Limits.Connections; n < 0 || n > maxConnections {
		p.add("limits.connections", "%d is not between 0 and %d", n, maxConnections)
	}
	if t := c.Limits.ReadTimeout; t < minTimeout || t > maxTimeout {
		p.add("limits.read_timeout", "%v is not between %v and %v", t, minTimeout, maxTimeout)
	}
	if n := c.Nonces.Capacity; n < 1 || n > maxCapacity {
		p.add("nonces.capacity", "%d is not between 1 and %d", n, maxCapacity)
	}
	if n := c.Journal.Capacity; n < 0 || n > maxCapacity {
		p.add("journal.capacity", "%d is not between 0 and %d", n, maxCapacity)
	}
}
