// Package config reads the one file that says what a server knows: accounts
// with their keys, users, plans and sites, policies, scenarios, and how the
// server runs.
//
//	cfg, err := config.Load("esacertd.yaml")
//	if err != nil {
//		return err // every problem, each with line, column and reason
//	}
//	srv, err := server.New(server.Options{Config: cfg, Store: db})
//
// The file is YAML, and it is read strictly. An unknown key, a key that comes
// twice, a value of the wrong kind and a name that leads nowhere are refused,
// all that were found at once, with what would be right:
//
//	esacertd.yaml:12:7: accounts[0].sites[0].acess: unknown key, did you mean "access"?
//
// Anchors, aliases, merge keys and tags are refused: what is used more than
// once (policies, plans) has a name here.
//
// Example gives a complete file in which every key is explained.
//
// # Secrets
//
// Each secret of the file can stand in it (secret), in an environment variable
// that it names (secret_env) or in a file of its own (secret_file). A Secret
// shows itself to nobody who prints or marshals it, and no error of this
// package repeats one.
//
// # Reloading
//
// Nothing that Parse gives is changed by the package afterwards, and a
// Directory never is. To reload, load the file again and put the new Directory
// in the old one's place; if there is an error, the old one stays.
package config
