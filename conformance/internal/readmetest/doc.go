// Package readmetest tests the Markdown documents of the module. It checks every fenced
// block: it runs commands against a server on free ports, compiles Go code, and parses
// YAML and JSON. It compares tables and figures with their source. It has tests only.
package readmetest
