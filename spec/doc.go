// Package spec contains the contract, the hand-written openapi.yaml. It is the
// only description of the operation. The directives below generate everything in
// gen/ from it; run them with
//
//	go generate ./...
//
// Programs that validate against the contract read it with Document:
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

// Document returns the contents of openapi.yaml. The caller owns the slice.
func Document() []byte { return []byte(document) }
