package client

import "net/http"

// ApplyCertificateOutput is the answer to a call that was accepted. The
// certificates are issued afterwards.
type ApplyCertificateOutput struct {
	// SiteName is the name of the site.
	SiteName string
	// TotalCount is the number of certificates applied for. The documented page
	// says it is the number of names sent, and shows an example in which it is
	// not the length of Result: count neither from the other.
	TotalCount int64
	// Applications has what was applied for (Result on the wire). Find a name by
	// Domain and not by its place.
	Applications []Application
	// RequestID names the call towards the vendor's support.
	RequestID string

	// Status is the HTTP status.
	Status int
	// Header has the headers of the answer.
	Header http.Header
	// Attempts is how many requests it took, from 1.
	Attempts int
}

// Application is one application for a certificate.
type Application struct {
	// Domain is the name that the certificate is for, as the service spells it.
	Domain string
	// Status is the state of the application: Applying, right after the call.
	Status string
	// ID names the certificate. It is opaque; the documented example is a number,
	// those of later operations are not.
	ID string
}
