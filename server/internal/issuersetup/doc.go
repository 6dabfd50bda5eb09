// Package issuersetup puts together what carries accepted applications out, as a
// configuration says: the authorities, the keys that private keys are sealed
// with, what answers challenges, and where certificates go.
//
//	issuing, err := issuersetup.New(ctx, issuing.Options{
//		Config: cfg, Jobs: db, Sites: srv.Sites(), Logger: logger,
//	})
//	go issuing.Run(ctx)
//
// It knows all of the parts, and none of them knows it: the loop is package
// issuer, the authorities are packages localca and acme.
package issuersetup
