package client_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/gen/esaops"
)

// Every parameter of the contract has a field in the input, and reaches the wire.
func TestInputsSendEveryParameter(t *testing.T) {
	t.Parallel()
	api := reflect.TypeFor[client.API]()
	for _, op := range esaops.All() {
		t.Run(op.Action, func(t *testing.T) {
			t.Parallel()
			method, ok := api.MethodByName(op.Action)
			if !ok {
				t.Fatal("API does not have the operation")
			}
			sent := url.Values{}
			transport := roundTrip(func(req *http.Request) (*http.Response, error) {
				sent = req.URL.Query()
				if req.Body != nil {
					body, _ := io.ReadAll(req.Body)
					form, _ := url.ParseQuery(string(body))
					for name, values := range form {
						sent[name] = append(sent[name], values...)
					}
				}
				body := io.NopCloser(strings.NewReader(`{"Code":"Rejected","RequestId":"R"}`))
				return &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}, Body: body, Request: req}, nil
			})
			c, err := client.New(client.WithTransport(transport), client.WithCredentials(client.StaticCredentials("testid", "testsecret")))
			if err != nil {
				t.Fatal(err)
			}
			in := reflect.New(method.Type.In(1)).Elem()
			for i := range in.NumField() {
				fill(t, in.Field(i))
			}
			reflect.ValueOf(c).MethodByName(method.Name).Call([]reflect.Value{
				reflect.ValueOf(context.Background()), in, reflect.ValueOf(client.WithoutValidation()),
			})
			for _, p := range op.Parameters {
				if values := sent[p.Name]; len(values) != 1 || values[0] == "" {
					t.Errorf("parameter %s was sent as %q, want one value", p.Name, values)
				}
				delete(sent, p.Name)
			}
			if len(sent) != 0 {
				t.Errorf("sent %v, which the contract does not have", sent)
			}
		})
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// fill sets a field of an input to a value that is sent.
func fill(t *testing.T, field reflect.Value) {
	t.Helper()
	switch field.Kind() {
	case reflect.String:
		field.SetString("x")
	case reflect.Int32, reflect.Int64:
		field.SetInt(7)
	case reflect.Bool:
		field.SetBool(true)
	case reflect.Pointer:
		field.Set(reflect.New(field.Type().Elem()))
		fill(t, field.Elem())
	case reflect.Slice:
		field.Set(reflect.MakeSlice(field.Type(), 1, 1))
		fill(t, field.Index(0))
	case reflect.Struct:
		for i := range field.NumField() {
			fill(t, field.Field(i))
		}
	default:
		t.Fatalf("an input has a field of kind %s", field.Kind())
	}
}
