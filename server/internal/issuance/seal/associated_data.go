package seal

import (
	"fmt"
	"strconv"
	"strings"
)

// ApplicationOwner is the owner of the key of an application's certificate. The
// key of an order has the same owner, so that it moves into the certificate
// unchanged.
func ApplicationOwner(id int64) string { return "application/" + strconv.FormatInt(id, 10) }

// AccountOwner is the owner of the key of the account at an authority.
func AccountOwner(authority string) string { return "account/" + authority }

// OwnerOf converts the owner that a store returns for a sealed key
// (store.Sealed) to the owner that it was sealed for.
func OwnerOf(stored string) (string, error) {
	kind, rest, found := strings.Cut(stored, "/")
	switch {
	case !found || rest == "":
	case kind == "account":
		return AccountOwner(rest), nil
	case kind == "order", kind == "certificate":
		if id, err := strconv.ParseInt(rest, 10, 64); err == nil {
			return ApplicationOwner(id), nil
		}
	}
	return "", fmt.Errorf("seal: %q is not an owner like order/1, certificate/1 or account/NAME", stored)
}
