// Package issuer carries accepted applications out: each ends with a
// certificate, or with a reason why there is none.
package issuer
