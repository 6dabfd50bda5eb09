package operations

import (
	"errors"
	"fmt"
	"strings"

	"github.com/esacert/esacert/gen/esaapi"
	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/refusal"
)

// certificateType parses the parameter Type.
func certificateType(raw string) (esaapi.CertificateType, esaapi.TypeLimits, error) {
	typ := esaapi.CertificateType(raw)
	if raw == "" {
		typ = esaapi.DefaultType
	}
	limits, ok := typ.Limits()
	if !ok {
		return "", esaapi.TypeLimits{}, &refusal.Error{
			Row:    esaerrors.InvalidParameterType,
			Detail: fmt.Sprintf("unknown type %q: want one of %q", truncate(raw), esaapi.CertificateTypes()),
		}
	}
	return typ, limits, nil
}

// checkedNames parses the parameter Domains and checks the rules that need only
// the names and the site. Each rule checks all names before the next one starts. A list that is too long for every type is refused
// unread, because converting Unicode names costs CPU.
func checkedNames(raw string, typ esaapi.CertificateType, limits esaapi.TypeLimits, site *Site) ([]Name, error) {
	if items := strings.Count(raw, ",") + 1; items > esaapi.MaxItems {
		return nil, tooMany(items, typ, limits)
	}
	names, err := ParseList(raw)
	if err != nil {
		return nil, malformed(err)
	}
	if refused := checkKinds(names, typ, limits); refused != nil {
		return nil, refused
	}
	if refused := checkInSite(names, site); refused != nil {
		return nil, refused
	}
	if refused := checkWildcards(names, site); refused != nil {
		return nil, refused
	}
	if refused := checkCount(names, typ, limits); refused != nil {
		return nil, refused
	}
	if refused := checkRepeats(names); refused != nil {
		return nil, refused
	}
	return names, nil
}

// malformed is the refusal for a list that ParseList rejects.
func malformed(err error) *refusal.Error {
	refused := &refusal.Error{Row: esaerrors.InvalidParameterDomainsMalformed, Detail: err.Error()}
	var item *NameError
	if errors.As(err, &item) {
		refused.Domain, refused.Cause = item.Item, string(item.Cause)
	}
	return refused
}

// checkKinds refuses a wildcard or a plain name if the type does not accept it.
// The documentation does not have a row for it; the contract treats the name as
// invalid.
func checkKinds(names []Name, typ esaapi.CertificateType, limits esaapi.TypeLimits) *refusal.Error {
	for i, name := range names {
		switch {
		case name.Wildcard() && !limits.Wildcard:
			return wrongKind(WildcardForSingle, i, name, fmt.Sprintf("is a wildcard; %s does not accept wildcards", typ))
		case !name.Wildcard() && !limits.Plain:
			return wrongKind(PlainForWildcard, i, name, fmt.Sprintf("is not a wildcard; %s accepts wildcards only", typ))
		}
	}
	return nil
}

func wrongKind(cause Cause, index int, name Name, why string) *refusal.Error {
	refused := nameRefusal(esaerrors.InvalidParameterDomainsMalformed, index, name, why)
	refused.Cause = string(cause)
	return refused
}

func checkInSite(names []Name, site *Site) *refusal.Error {
	for i, name := range names {
		if !name.In(site.Name) {
			return nameRefusal(esaerrors.InvalidParameterDomainsNotInSite, i, name, "does not belong to site "+site.Name)
		}
	}
	return nil
}

// checkWildcards refuses wildcards if the DNS record that proves them can
// neither be added by the service nor was delegated to it.
func checkWildcards(names []Name, site *Site) *refusal.Error {
	if site.provesWildcards() {
		return nil
	}
	for i, name := range names {
		if name.Wildcard() {
			return nameRefusal(esaerrors.InvalidParameterDomainsWildcardOnCname, i, name, "is a wildcard, and the site is in CNAME mode without delegated validation")
		}
	}
	return nil
}

func checkCount(names []Name, typ esaapi.CertificateType, limits esaapi.TypeLimits) *refusal.Error {
	if len(names) <= limits.MaxDomains {
		return nil
	}
	return tooMany(len(names), typ, limits)
}

func tooMany(names int, typ esaapi.CertificateType, limits esaapi.TypeLimits) *refusal.Error {
	return &refusal.Error{
		Row:    esaerrors.InvalidParameterDomainsTooMany,
		Detail: fmt.Sprintf("%d names: %s accepts at most %d", names, typ, limits.MaxDomains),
	}
}

// checkRepeats refuses a duplicate name: its second application would find the
// first one pending. The list is short after checkCount, so comparing all pairs
// is fastest.
func checkRepeats(names []Name) *refusal.Error {
	for i, name := range names {
		for earlier, other := range names[:i] {
			if name == other {
				return nameRefusal(esaerrors.InvalidParameterDomainsAlreadySubmitted, i, name, fmt.Sprintf("duplicates item %d", earlier+1))
			}
		}
	}
	return nil
}

// nameRefusal returns the refusal for one name. index counts from 0.
func nameRefusal(row *esaerrors.Error, index int, name Name, why string) *refusal.Error {
	return &refusal.Error{
		Row:    row,
		Domain: string(name),
		Detail: fmt.Sprintf("item %d %s %s", index+1, name, why),
	}
}
