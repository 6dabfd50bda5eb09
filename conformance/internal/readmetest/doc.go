// Package readmetest tests the Markdown documents of the module. Every fenced
// block is checked: commands run against a server on free ports, Go code is
// compiled, and YAML and JSON pass their parsers. Tables and figures are compared
// with their source. It has tests only.
package readmetest
