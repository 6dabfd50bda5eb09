package config

import (
	"strings"
	"time"
)

// Validate checks a configuration that was changed after it was parsed, or built
// without a file. Only Validate checks whether listen addresses conflict, because
// a flag may replace one of the file. The error is an *Error without lines.
func (c *Config) Validate() error {
	f := c.check()
	f.checkListeners()
	return f.problems.err("")
}

// check checks everything that can be checked without the file.
func (c *Config) check() *findings {
	f := &findings{config: c}
	f.checkDeclared()
	f.checkServer()
	f.checkIssuing()
	f.checkPolicies()
	f.checkScenarios()
	f.checkAccounts()
	return f
}

func (f *findings) checkServer() {
	c := f.config
	f.checkAddress(&c.Listen)
	if c.Admin != Off {
		f.checkAddress(&c.Admin)
	}
	if c.Store == "" {
		f.add(&c.Store, "empty; want a database file path or %s", InMemory)
	}
	if !matchesAlphabet(c.Region, lower+digits+"-", 64) {
		f.add(&c.Region, "invalid region ID %s (for example cn-hangzhou)", quoted(c.Region))
	}
	if c.HostID != "" && !matchesAlphabet(c.HostID, letters+digits+".-:", 260) {
		f.add(&c.HostID, "invalid host %s (for example esa.cn-hangzhou.aliyuncs.com)", quoted(c.HostID))
	}
}

// Alphabets of IDs and names.
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

// Bounds of limits. The documented requests still pass with the smallest values;
// values above the largest would not protect the server.
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
