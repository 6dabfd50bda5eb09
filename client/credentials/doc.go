// Package credentials finds access keys in all the places where the vendor's
// own tools look for them. It wraps github.com/aliyun/credentials-go, which is
// why it stands apart: programs that bring their keys themselves, or read them
// from the environment, need package client alone.
//
//	c, err := client.New(client.WithCredentials(credentials.Default()))
//
// What it adds to the vendor's module: a call returns when its context ends;
// many goroutines may ask at once; a failure is not remembered, so that
// credentials which appear later are found; and no error shows a secret, not
// even where the vendor quotes a whole configuration file.
package credentials
