package client

import "errors"

// ErrNoCredentials says that a provider has no credentials to give. It stands
// inside a *CredentialsError.
var ErrNoCredentials = errors.New("no credentials")

// CredentialsError says that a call could not be signed because its
// credentials are missing, incomplete or could not be fetched. No byte was
// sent to the service.
type CredentialsError struct {
	// Err is what the provider said.
	Err error
}

// Error gives what the provider said.
func (e *CredentialsError) Error() string { return prefix + "credentials: " + e.Err.Error() }

// Unwrap gives what the provider said.
func (e *CredentialsError) Unwrap() error { return e.Err }
