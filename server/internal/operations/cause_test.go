package operations_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/esacert/esacert/gen/esaerrors"
	"github.com/esacert/esacert/server/internal/operations"
	"github.com/esacert/esacert/server/internal/refusal"
)

// causeCalls has a call for each cause of the row "not a valid domain name".
func causeCalls() []struct {
	name, typ, domains string
	cause              operations.Cause
} {
	label64 := strings.Repeat("a", 64)
	return []struct {
		name, typ, domains string
		cause              operations.Cause
	}{
		{"comma at the end", "", "www.example.com,", operations.EmptyItem},
		{"only spaces", "", "  ", operations.EmptyItem},
		{"trailing dot", "", "www.example.com.", operations.TrailingDot},
		{"trailing dot of a wildcard", "", "*.example.com.", operations.TrailingDot},
		{"trailing dot of a Unicode name", "", "bücher.example.com。", operations.TrailingDot},
		{"leading dot", "", ".example.com", operations.EmptyLabel},
		{"double dot", "", "www..example.com", operations.EmptyLabel},
		{"underscore", "", "a_b.example.com", operations.ForeignCharacter},
		{"inner space", "", "a b.example.com", operations.ForeignCharacter},
		{"URL", "", "https://www.example.com", operations.ForeignCharacter},
		{"leading hyphen", "", "-a.example.com", operations.OuterHyphen},
		{"trailing hyphen", "", "a-.example.com", operations.OuterHyphen},
		{"star inside", "", "www.*.example.com", operations.MisplacedStar},
		{"star with letters", "", "w*.example.com", operations.MisplacedStar},
		{"long label", "", label64 + ".example.com", operations.LongLabel},
		{"long name", "", strings.Repeat(label64[:60]+".", 5) + "example.com", operations.LongName},
		{"long Unicode name", "", strings.Repeat("ü", 600) + ".example.com", operations.LongName},
		{"top-level domain", "", "com", operations.TopLevel},
		{"wildcard of a top-level domain", "", "*.com", operations.TopLevel},
		{"IPv4 address", "", "192.0.2.1", operations.IPAddress},
		{"public suffix", "", "co.uk", operations.PublicSuffix},
		{"Unicode", "", "＊.example.com", operations.InvalidUnicode},
		{"not UTF-8", "", "\xff.example.com", operations.InvalidUnicode},
		{"punycode", "", "xn--a.example.com", operations.InvalidUnicode},
		{"punycode of a Unicode name that is not lower case", "", "xn--bu-fkc.example.com", operations.InvalidUnicode},
		{"wildcard for digicert_single", "digicert_single", "*.example.com", operations.WildcardForSingle},
		{"plain name for digicert_wildcard", "digicert_wildcard", "www.example.com", operations.PlainForWildcard},
	}
}

// Every cause for which the row is returned is in its remedy, and every
// cause of the table is one that a call can meet.
func TestRemedyNamesEveryCauseOfAnInvalidName(t *testing.T) {
	t.Parallel()
	row := esaerrors.InvalidParameterDomainsMalformed
	met := map[operations.Cause]bool{}
	for _, c := range causeCalls() {
		met[c.cause] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.request.Type, w.request.Domains = c.typ, c.domains
			_, err := w.apply(t.Context())
			var refused *refusal.Error
			if !errors.As(err, &refused) || refused.Row != row || refused.Cause != string(c.cause) {
				t.Fatalf("got %#v, want the row %s because of %q", err, row.Key, c.cause)
			}
			if !strings.Contains(row.Remedy, refused.Cause) {
				t.Errorf("the remedy does not name %q:\n%s", refused.Cause, row.Remedy)
			}
		})
	}
	for _, cause := range operations.Causes() {
		if !met[cause] {
			t.Errorf("no call meets the cause %q", cause)
		}
	}
	if len(met) != len(operations.Causes()) {
		t.Errorf("%d causes are met, the table has %d", len(met), len(operations.Causes()))
	}
}

// No name is rejected without a cause of the table.
func TestEveryInvalidNameHasACause(t *testing.T) {
	t.Parallel()
	for _, c := range nameCases(t) {
		_, err := operations.ParseName(c.input)
		var problem *operations.NameError
		if errors.As(err, &problem) && !slices.Contains(operations.Causes(), problem.Cause) {
			t.Errorf("names.tsv:%d: %q has the cause %q", c.line, c.input, problem.Cause)
		}
	}
}

// The remedies of the other rows name what the rules return them for, too.
func TestRemediesNameTheirCauses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		row  *esaerrors.Error
		says []string
	}{
		{esaerrors.SiteNotFound, []string{"SiteId", "another account"}},
		{esaerrors.SiteNotActivated, []string{"activation", "offline", "moved"}},
		{esaerrors.InvalidParameterDomainsAlreadySubmitted, []string{"pending", "twice"}},
		{esaerrors.InvalidParameterDomainsTooMany, []string{"50", "10", "1"}},
		{esaerrors.InvalidParameterDomainsWildcardOnCname, []string{"one by one", "delegate", "NS access"}},
		{esaerrors.InvalidParameterType, []string{"lets_encrypt", "once", "lower case"}},
		{esaerrors.UnauthorizedInvalidTime, []string{"clock", "15 minutes", "2006-01-02T15:04:05Z"}},
		{esaerrors.UnauthorizedInvalidToken, []string{"temporary credentials", "bearer token", "expired"}},
	} {
		for _, words := range c.says {
			if !strings.Contains(c.row.Remedy, words) {
				t.Errorf("%s: the remedy does not say %q: %s", c.row.Key, words, c.row.Remedy)
			}
		}
	}
}
