// Package redact has the replacement of secrets that the client's packages
// print.
package redact

// Mark replaces a secret.
const Mark = "(hidden)"

// IfSet returns Mark, or absent if the secret is empty.
func IfSet(secret, absent string) string {
	if secret == "" {
		return absent
	}
	return Mark
}
