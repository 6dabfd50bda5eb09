// Package vendorenv has the names of the environment variables of the vendor's
// tools.
package vendorenv

// The variables of an access key.
const (
	AccessKeyID     = "ALIBABA_CLOUD_ACCESS_KEY_ID"
	AccessKeySecret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
	SecurityToken   = "ALIBABA_CLOUD_SECURITY_TOKEN" //nolint:gosec // the name of a variable
)
