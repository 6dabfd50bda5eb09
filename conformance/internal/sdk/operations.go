package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/conformance/adapters"
	"github.com/esacert/esacert/gen/esaops"
)

// operation makes a call of one operation. It returns an error of type
// *unsupportedError if the SDK cannot make the call.
type operation func(context.Context, *client.Client, adapters.Request) (*adapters.Response, error)

// unsupportedError reports a call that the SDK cannot make.
type unsupportedError struct{ reason string }

func (e *unsupportedError) Error() string { return e.reason }

func unsupported(format string, args ...any) error {
	return &unsupportedError{fmt.Sprintf(format, args...)}
}

// operationOf returns the operation with the given action. An empty action means
// ApplyCertificate.
func operationOf(action string) (operation, bool) {
	switch action {
	case "", esaops.ApplyCertificate.Action:
		return applyCertificate, true
	case esaops.DeleteCertificate.Action:
		return generic(esaops.DeleteCertificate, (*client.Client).DeleteCertificate), true
	case esaops.GetCertificate.Action:
		return generic(esaops.GetCertificate, (*client.Client).GetCertificate), true
	case esaops.GetCertificateQuota.Action:
		return generic(esaops.GetCertificateQuota, (*client.Client).GetCertificateQuota), true
	case esaops.GetDcvDelegation.Action:
		return generic(esaops.GetDcvDelegation, (*client.Client).GetDcvDelegation), true
	case esaops.GetSite.Action:
		return generic(esaops.GetSite, (*client.Client).GetSite), true
	case esaops.ListCertificates.Action:
		return generic(esaops.ListCertificates, (*client.Client).ListCertificates), true
	case esaops.ListCertificatesByRecord.Action:
		return generic(esaops.ListCertificatesByRecord, (*client.Client).ListCertificatesByRecord), true
	case esaops.ListSites.Action:
		return generic(esaops.ListSites, (*client.Client).ListSites), true
	case esaops.SetCertificate.Action:
		return generic(esaops.SetCertificate, (*client.Client).SetCertificate), true
	}
	return nil, false
}

func applyCertificate(ctx context.Context, c *client.Client, request adapters.Request) (*adapters.Response, error) {
	input, err := input(request)
	if err != nil {
		return nil, &unsupportedError{err.Error()}
	}
	output, err := c.ApplyCertificate(ctx, input)
	if err != nil {
		return nil, err
	}
	return responseOf(output), nil
}

// generic returns an operation whose generated method has an input with a field for
// each parameter, and an output that embeds the body of the response.
func generic[In, Out any](facts *esaops.Operation, method func(*client.Client, context.Context, In, ...client.Option) (*Out, error)) operation {
	return func(ctx context.Context, c *client.Client, request adapters.Request) (*adapters.Response, error) {
		var in In
		if err := checkTransport(facts, request); err != nil {
			return nil, err
		}
		if err := setFields(facts, reflect.ValueOf(&in).Elem(), request.Parameters); err != nil {
			return nil, err
		}
		out, err := method(c, ctx, in)
		if err != nil {
			return nil, err
		}
		return genericResponse(reflect.ValueOf(out).Elem())
	}
}

// checkTransport checks that the SDK sends the parameters where the request says, with
// the method of the request.
func checkTransport(facts *esaops.Operation, request adapters.Request) error {
	placement := adapters.PlacementQuery
	if facts.Form {
		placement = adapters.PlacementForm
	}
	switch {
	case request.Placement != placement:
		return unsupported("the SDK sends the parameters of %s in the %s only, not in the %s", facts.Action, placement, request.Placement)
	case !slices.Contains(facts.Methods, request.Method):
		return unsupported("the SDK calls %s with %s only, not with %s", facts.Action, strings.Join(facts.Methods, " or "), request.Method)
	}
	return nil
}

// setFields sets the fields of an input to the parameters of a request.
func setFields(facts *esaops.Operation, in reflect.Value, parameters map[string]string) error {
	for _, p := range facts.Parameters {
		value, ok := parameters[p.Name]
		if p.Required && !ok {
			return unsupported("the SDK always sends %s", p.Name)
		}
		if !ok {
			continue
		}
		field := in.FieldByName(fieldName(p.Name))
		if !field.IsValid() {
			return fmt.Errorf("%s has no field for the parameter %s", in.Type(), p.Name)
		}
		if err := setField(field, p.Name, value); err != nil {
			return err
		}
		if field.IsZero() && !p.Required {
			return unsupported("the SDK does not send %s with the value %q", p.Name, value)
		}
	}
	for name := range parameters {
		if _, known := facts.Parameter(name); !known {
			return unsupported("the SDK has no parameter %q", name)
		}
	}
	return nil
}

// fieldName returns the name of the field of a parameter: SiteID for SiteId.
func fieldName(parameter string) string {
	if base, ok := strings.CutSuffix(parameter, "Id"); ok {
		return base + "ID"
	}
	return parameter
}

// setField sets a field to a value, which the SDK must write unchanged.
func setField(field reflect.Value, name, value string) error {
	written := value
	switch field.Kind() {
	case reflect.String:
		field.SetString(value)
	case reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(value, 10, field.Type().Bits())
		if err != nil {
			return unsupported("%s %q: the SDK accepts %d-bit integers only", name, value, field.Type().Bits())
		}
		field.SetInt(n)
		written = strconv.FormatInt(n, 10)
	case reflect.Bool:
		field.SetBool(value == "true")
		written = strconv.FormatBool(value == "true")
	default:
		return fmt.Errorf("parameter %s: unknown type %s", name, field.Type())
	}
	if written != value {
		return unsupported("the SDK writes %s %q as %q", name, value, written)
	}
	return nil
}

// genericResponse converts an output to a response of the protocol. The first field of
// an output is the body.
func genericResponse(out reflect.Value) (*adapters.Response, error) {
	info, ok := out.FieldByName("Response").Interface().(client.ResponseInfo)
	if !ok {
		return nil, fmt.Errorf("%s has no response information", out.Type())
	}
	written, err := json.Marshal(out.Field(0).Interface())
	if err != nil {
		return nil, fmt.Errorf("write body: %w", err)
	}
	resp := &adapters.Response{Status: info.Status, Headers: headers(info.Header)}
	decoder := json.NewDecoder(bytes.NewReader(written))
	decoder.UseNumber()
	if err := decoder.Decode(&resp.Body); err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	return resp, nil
}
