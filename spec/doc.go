// Package spec contains the contract: hand-written OpenAPI files, one per operation
// in operations/, and common.yaml for what they share. They are the only
// description of the API; start reading at operations/applycertificate.yaml. The
// directives below generate everything in gen/ from them; run them with
//
//	go generate ./...
//
// Programs that read the contract use package esaspec, which has it in
// self-contained documents.
package spec

//go:generate go run ./contractgen -out ../gen
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config types.yaml ../gen/bundle.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config client.yaml ../gen/bundle.yaml
//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen -config server.yaml ../gen/bundle.yaml
