package config

import _ "embed"

//go:embed example.yaml
var exampleText string

// Example gives a configuration file that explains every key. It is what the
// server uses when it is given none, and where to begin with one's own.
func Example() []byte { return []byte(exampleText) }
