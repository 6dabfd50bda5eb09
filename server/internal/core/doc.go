// Package core assembles the server: it creates its parts, listens, reloads and mounts
// other handlers. Package server is its public face; esacertd, the admin API and
// servertest also use the parts (journal, scenarios, metrics, sites).
package core
