package config

import _ "embed"

//go:embed example.yaml
var exampleText string

// Example returns a configuration file that explains every key. The server uses it
// if it is started without a file.
func Example() []byte { return []byte(exampleText) }
