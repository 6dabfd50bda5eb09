// Package aliyuncli checks command lines of aliyun, the vendor's command-line
// client, against that client's own rules, without the client and without a
// network. The README and the explorer print such lines; tests pass their words
// to [Parse]:
//
//	call, err := aliyuncli.Parse([]string{"esa", "ApplyCertificate", "--SiteId", "1", …})
//
// Parse returns what the client would send, or the client's error. Three rules
// surprise: --version is rejected for a product that the client knows, --force
// changes the method to GET, and a value that begins with a hyphen is lost
// unless it is joined to its parameter by an equals sign.
//
// The rules are those of github.com/aliyun/aliyun-cli v3.4.11 (cli/parser.go,
// openapi/commando.go, openapi/rpc.go, openapi/force_rpc.go, config/flags.go)
// with the metadata of April 2026 (aliyun-openapi-meta, metadatas/esa). Only
// what a call of one operation needs is here: no plugins, no profiles, no
// --pager and no --waiter.
package aliyuncli
