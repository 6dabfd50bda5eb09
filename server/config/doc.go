// Package config parses and validates the configuration file of a server:
// accounts with their keys, users, plans and sites, policies, scenarios, and
// settings of the server itself.
//
//	cfg, err := config.Load("esacertd.yaml")
//	if err != nil {
//		return err // every problem, each with line, column and reason
//	}
//	srv, err := server.New(server.Options{Config: cfg, Store: db})
//
// The file is YAML. Unknown keys, duplicate keys, values of the wrong type and
// references to missing entries are rejected. One error reports all problems:
//
//	esacertd.yaml:12:7: accounts[0].sites[0].acess: unknown key, did you mean "access"?
//
// Anchors, aliases, merge keys and tags are rejected. Policies and plans, which
// are used more than once, are referenced by name.
//
// Example returns a complete file that explains every key. Schema returns its JSON
// Schema.
//
// # Secrets
//
// The file contains each secret itself (secret), the name of an environment
// variable (secret_env) or the path of a file (secret_file). A Secret is redacted
// when it is printed, logged or marshaled, and errors of this package do not
// contain secrets.
//
// # Reloading
//
// To reload, load the file again and pass it to Reload of the server.
// Config.RestartKeys returns the changed keys that need a restart.
package config
