package flows

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	rpc "github.com/alibabacloud-go/tea-rpc/client"
	util "github.com/alibabacloud-go/tea-utils/service"
	"github.com/alibabacloud-go/tea/tea"
)

// Terraform's flow for a free certificate: find the site, apply, plan, import, destroy.
func TestTerraformFreeCertificate(t *testing.T) {
	t.Parallel()
	tf := newTerraform(t)

	// The data source finds the site by its name.
	sites, err := tf.get("ListSites", parameters{"SiteName": "example.com", "PageNumber": 1, "PageSize": 50})
	if err != nil {
		t.Fatal(err)
	}
	if found := items(t, sites, "Sites"); len(found) != 1 || stored(found[0]["SiteId"]) != siteID {
		t.Fatalf("sites named example.com: %v", found)
	}

	// terraform apply: the certificate is requested, and read immediately.
	config := parameters{"SiteId": siteID, "Domains": "www.example.com", "Type": "lets_encrypt"}
	applied, err := tf.get("ApplyCertificate", config)
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("%v:%v", config["SiteId"], items(t, applied, "Result")[0]["Id"])
	created := tf.mustRead(t, id)
	if created["status"] != "Applying" && created["status"] != "OK" {
		t.Errorf("status after apply: %v", created["status"])
	}

	// terraform plan: an argument that is read back with another value would replace
	// the certificate.
	if created["site_id"] != siteID || created["domains"] != config["Domains"] {
		t.Errorf("plan would replace the certificate: %v, want %v", created, config)
	}
	var state map[string]string
	poll(t, "status OK", func() bool {
		state = tf.mustRead(t, id)
		return state["status"] == "OK"
	})
	if !strings.HasPrefix(state["certificate"], "-----BEGIN CERTIFICATE-----") {
		t.Errorf("certificate: %q", state["certificate"])
	}
	// Once the certificate is issued, only these attributes differ.
	for name, value := range state {
		if name != "status" && name != "certificate" && value != created[name] {
			t.Errorf("%s changed from %q to %q", name, created[name], value)
		}
	}
	if again := tf.mustRead(t, id); !maps.Equal(again, state) {
		t.Errorf("plan shows a change from %v to %v", state, again)
	}

	// terraform import: the ID is all that Terraform has.
	if imported := tf.mustRead(t, siteID+":"+state["cert_id"]); !maps.Equal(imported, state) {
		t.Errorf("imported %v, want %v", imported, state)
	}

	tf.destroy(t, id)
}

// Terraform's flow for an uploaded certificate: upload, plan, replace the certificate
// in place, destroy.
func TestTerraformUpload(t *testing.T) {
	t.Parallel()
	tf := newTerraform(t)
	certificate, key := keyPair(t, "www.example.com")
	certificate = strings.TrimSuffix(certificate, "\n") // as in the provider's acceptance tests
	config := parameters{
		"SiteId": siteID, "Type": "upload", "Name": "terraform", "Region": "cn-hangzhou",
		"Certificate": certificate, "PrivateKey": key,
	}
	uploaded, err := tf.post("SetCertificate", config)
	if err != nil {
		t.Fatal(err)
	}
	id := fmt.Sprintf("%v:%v", config["SiteId"], uploaded["Id"])
	created := tf.mustRead(t, id)
	checkUpload(t, created, config)

	config["Id"], config["Region"] = created["cert_id"], "cn-beijing"
	config["Certificate"], config["PrivateKey"] = keyPair(t, "www.example.com")
	if _, err := tf.post("SetCertificate", config); err != nil {
		t.Fatal(err)
	}
	updated := tf.mustRead(t, id)
	checkUpload(t, updated, config)
	if updated["cert_id"] != created["cert_id"] || updated["create_time"] != created["create_time"] {
		t.Errorf("updated from %v to %v", created, updated)
	}

	tf.destroy(t, id)
}

// checkUpload checks that a plan shows no change: the arguments are read back as they
// are in the configuration, byte for byte.
func checkUpload(t *testing.T, state map[string]string, config parameters) {
	t.Helper()
	for attribute, argument := range map[string]string{
		"site_id": "SiteId", "type": "Type", "cert_name": "Name", "region": "Region", "certificate": "Certificate",
	} {
		if state[attribute] != config[argument] {
			t.Errorf("plan shows a change of %s: %q, want %q", attribute, state[attribute], config[argument])
		}
	}
	if state["status"] != "OK" {
		t.Errorf("status %s", state["status"])
	}
}

type parameters = map[string]any

// terraform makes calls as the provider does: with signature version 1.0, and an empty
// SecurityToken if the key is not temporary.
type terraform struct {
	client *rpc.Client
}

func newTerraform(t *testing.T) terraform {
	t.Helper()
	client, err := rpc.NewClient(&rpc.Config{
		AccessKeyId: tea.String(keyID), AccessKeySecret: tea.String(keySecret),
		Endpoint: tea.String(startServer(t)), Protocol: tea.String("http"),
		ReadTimeout: tea.Int(10_000), ConnectTimeout: tea.Int(10_000),
	})
	if err != nil {
		t.Fatal(err)
	}
	return terraform{client}
}

func (tf terraform) get(action string, query parameters) (parameters, error) {
	return tf.call("GET", action, query, nil)
}

func (tf terraform) post(action string, form parameters) (parameters, error) {
	return tf.call("POST", action, parameters{}, form)
}

func (tf terraform) call(method, action string, query, form parameters) (parameters, error) {
	query = maps.Clone(query)
	query["SecurityToken"] = ""
	return tf.client.DoRequest(tea.String(action), tea.String("http"), tea.String(method), tea.String(version),
		tea.String("AK"), query, form, &util.RuntimeOptions{})
}

// read returns the attributes of the certificate with the ID {SiteId}:{Id}.
func (tf terraform) read(id string) (map[string]string, error) {
	site, certificate, _ := strings.Cut(id, ":")
	got, err := tf.get("GetCertificate", parameters{"SiteId": site, "Id": certificate})
	if err != nil {
		return nil, err
	}
	result, _ := got["Result"].(map[string]any)
	state := map[string]string{"site_id": stored(got["SiteId"]), "certificate": stored(got["Certificate"])}
	for attribute, member := range map[string]string{
		"cert_id": "Id", "cert_name": "Name", "create_time": "CreateTime", "domains": "SAN",
		"region": "Region", "status": "Status", "type": "Type", "cas_id": "CasId",
	} {
		state[attribute] = stored(result[member])
	}
	return state, nil
}

func (tf terraform) mustRead(t *testing.T, id string) map[string]string {
	t.Helper()
	state, err := tf.read(id)
	if err != nil {
		t.Fatalf("read %s: %v", id, err)
	}
	return state
}

// destroy deletes the certificate. Reading it then returns 404, so that Terraform
// removes it from its state, and so does deleting it again, which Terraform takes as
// success.
func (tf terraform) destroy(t *testing.T, id string) {
	t.Helper()
	site, certificate, _ := strings.Cut(id, ":")
	remove := func() error {
		_, err := tf.get("DeleteCertificate", parameters{"SiteId": site, "Id": certificate})
		return err
	}
	if err := remove(); err != nil {
		t.Fatalf("destroy: %v", err)
	}
	if state, err := tf.read(id); !isGone(err) {
		t.Errorf("read after destroy: %v, %v", state, err)
	}
	if err := remove(); !isGone(err) {
		t.Errorf("destroy again: %v", err)
	}
}

// isGone reports whether Terraform concludes from the error that the resource does not
// exist.
func isGone(err error) bool {
	var refused *tea.SDKError
	return errors.As(err, &refused) && tea.IntValue(refused.StatusCode) == 404 && tea.StringValue(refused.Code) == "Certificate.NotFound"
}

// stored returns a value as Terraform stores it: a missing value is empty. The library
// parses numbers as float64, which Terraform converts to integers.
func stored(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatInt(int64(value), 10)
	}
	return fmt.Sprint(value)
}

// items returns the objects of an array of a response.
func items(t *testing.T, response parameters, name string) []parameters {
	t.Helper()
	list, ok := response[name].([]any)
	if !ok {
		t.Fatalf("%s is not an array: %v", name, response)
	}
	objects := make([]parameters, len(list))
	for i, item := range list {
		if objects[i], ok = item.(map[string]any); !ok {
			t.Fatalf("%s has an item that is not an object: %v", name, item)
		}
	}
	return objects
}
