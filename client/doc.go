// Package client applies for free certificates of Alibaba Cloud Edge Security
// Acceleration (ESA): the operation ApplyCertificate, version 2024-09-10.
//
//	c, err := client.New(client.WithRegion("ap-southeast-1"))
//	if err != nil {
//		return err
//	}
//	out, err := c.ApplyCertificate(ctx, client.ApplyCertificateInput{
//		SiteID:  1234567890123,
//		Domains: []string{"www.example.com", "blog.example.com"},
//		Type:    client.LetsEncrypt,
//	})
//	switch {
//	case errors.Is(err, esaerrors.InvalidParameterDomainsAlreadySubmitted):
//		// an application is pending
//	case err != nil:
//		return err
//	}
//
// The credentials of this client come from the environment
// (ALIBABA_CLOUD_ACCESS_KEY_ID and so on); see WithCredentials for others, and
// package credentials for the vendor's whole chain: profiles, roles, metadata.
//
// # Errors
//
// An error is of one of five types, which errors.As tells apart: *InputError
// and *CredentialsError come before a byte is sent, *ConnectionError without an
// answer, *UnexpectedResponseError with an answer that is not the service's, and
// *ServiceError is a refusal, with its code, message and request id. Package
// esaerrors has a value for each error of the documented table, which errors.Is
// finds; since one code has five messages, the value stands for code and
// message together. No error, log record or debug hook shows a secret or a
// token.
//
// # Attempts
//
// What may succeed a moment later is attempted again, by default twice:
// failures of the connection, statuses from 500, throttling, and the rows
// InternalException and QuotaCheckFailed. Each attempt has a nonce, a time and
// so a signature of its own.
//
// The operation is not idempotent and has no key that would make it so. When an
// answer is lost, the applications may have been made, and the next attempt is
// then told that they were already submitted. The field MaybeAccepted of the
// error says so; then look at the site's certificates.
//
// # Options
//
// Every Option works on a client and on a single call. What a program might
// want to replace in tests is one: transport, clock, nonce, waits and their
// randomness.
package client
