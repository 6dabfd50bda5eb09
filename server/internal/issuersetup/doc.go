// Package issuersetup creates the issuing loop of a configuration: authorities,
// sealing keys, challenge responders and delivery.
//
//	issuing, err := issuersetup.New(ctx, issuersetup.Options{
//		Config: cfg, Jobs: db, Sites: srv.Sites(), Logger: logger,
//	})
//	go issuing.Run(ctx)
//
// The loop is in package issuance, the authorities are in packages localca and acme.
package issuersetup
