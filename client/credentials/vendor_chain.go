package credentials

import (
	"errors"

	vendor "github.com/aliyun/credentials-go/credentials"
	"github.com/aliyun/credentials-go/credentials/providers"

	"github.com/esacert/esacert/client"
)

// Default returns a provider that uses the vendor's default chain: the first of
// these sources that has credentials:
//
//  1. the environment: ALIBABA_CLOUD_ACCESS_KEY_ID, _ACCESS_KEY_SECRET,
//     _SECURITY_TOKEN
//  2. a role by an OIDC token: ALIBABA_CLOUD_OIDC_TOKEN_FILE,
//     _OIDC_PROVIDER_ARN, _ROLE_ARN
//  3. the current profile of the aliyun command: ~/.aliyun/config.json
//  4. a profile of ~/.alibabacloud/credentials
//  5. the role of the ECS instance, by its metadata service, unless
//     ALIBABA_CLOUD_ECS_METADATA_DISABLED=true
//  6. the address in ALIBABA_CLOUD_CREDENTIALS_URI
//
// Temporary credentials are refreshed before they expire. If no source has
// credentials, the error wraps client.ErrNoCredentials and names what each
// source lacks. If the metadata service is unreachable, that takes some
// seconds.
func Default() client.CredentialsProvider {
	return newProvider("vendor's chain", func() (vendor.Credential, error) { return vendor.NewCredential(nil) })
}

// Profile returns a provider that reads an aliyun CLI profile from
// ~/.aliyun/config.json, or from the file in ALIBABA_CLOUD_CONFIG_FILE. An
// empty name means the profile in ALIBABA_CLOUD_PROFILE, or else the current
// profile of the file.
func Profile(name string) client.CredentialsProvider { return ProfileFromFile("", name) }

// ProfileFromFile returns a provider that reads an aliyun CLI profile from the
// given file. Empty arguments have the same meaning as for Profile.
func ProfileFromFile(file, name string) client.CredentialsProvider {
	return newProvider("profile", func() (vendor.Credential, error) {
		profile, err := providers.NewCLIProfileCredentialsProviderBuilder().WithProfileFile(file).WithProfileName(name).Build()
		if err != nil {
			return nil, err
		}
		return vendor.FromCredentialsProvider("cli_profile", profile), nil
	})
}

// FromVendor returns a provider that uses a credential of the vendor's module,
// of any type: a role to assume, an instance role, a bearer token.
func FromVendor(credential vendor.Credential) client.CredentialsProvider {
	return newProvider("credential", func() (vendor.Credential, error) {
		if credential == nil {
			return nil, errors.New("credential is nil")
		}
		return credential, nil
	})
}
