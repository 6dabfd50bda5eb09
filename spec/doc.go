// Package spec holds the contract: openapi.yaml, written by hand, the one
// place where the operation is described. Everything in gen/ is made from it
// by the lines below; run them with
//
//	go generate ./...
//
// The contract itself is available to programs that check against it:
//
//	doc, err := openapi3.NewLoader().LoadFromData(spec.Document())
package spec

import _ "embed"

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config types.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config client.yaml openapi.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config server.yaml openapi.yaml
//go:generate go run ./contractgen -contract openapi.yaml -errors ../gen/esaerrors/errors.gen.go -facts ../gen/esaapi/facts.gen.go

//go:embed openapi.yaml
var document string

// Document returns the contract, the text of openapi.yaml. The caller owns
// the slice.
func Document() []byte { return []byte(document) }
