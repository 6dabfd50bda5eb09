// Package client requests free certificates from Alibaba Cloud Edge Security
// Acceleration (ESA). It calls the operation ApplyCertificate, version
// 2024-09-10.
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
// By default, credentials are read from the environment
// (ALIBABA_CLOUD_ACCESS_KEY_ID and so on). WithCredentials sets others; package
// credentials reads the vendor's default chain of profiles, roles and metadata.
//
// # Errors
//
// An error has one of five types, which errors.As distinguishes. *InputError
// and *CredentialsError are returned before a request is sent. *ConnectionError
// means that no response arrived, *UnexpectedResponseError that the response is
// not documented. *ServiceError is an error of the service, with its code,
// message and request ID. Package esaerrors has a value for each documented
// error, which errors.Is matches by code and message, because one code has five
// messages. No error, log record or debug hook shows a secret or a token.
//
// # Attempts
//
// Transient failures are retried, by default twice: connection failures,
// statuses from 500, throttling, InternalException and QuotaCheckFailed. Each
// attempt is signed with a new nonce and time.
//
// The operation is not idempotent. If a response is lost, the applications may
// have been accepted, and the next attempt fails because they were already
// submitted. The field MaybeAccepted of the error reports this; check the
// site's certificates.
//
// # Options
//
// Every Option applies to a client or to a single call. For tests, options
// replace the transport, the clock, the nonce, and the waits with their jitter.
package client
