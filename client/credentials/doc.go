// Package credentials reads access keys from all the sources that the vendor's
// tools use. It wraps github.com/aliyun/credentials-go; programs that set their
// keys themselves, or read them from the environment, need package client only.
//
//	c, err := client.New(client.WithCredentials(credentials.Default()))
//
// In addition to the vendor's module, a call returns when its context is done,
// providers are safe for concurrent use, a failure is not cached, so that
// credentials that appear later are found, and no error shows a secret, even if
// the vendor's error quotes a whole configuration file.
package credentials
