package flows

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/jmespath/go-jmespath"
)

// The flow of a script that uses the vendor's command line: apply, wait with a waiter
// until the certificate is issued, delete.
//
//	aliyun esa ApplyCertificate --SiteId 1234567890123 --Domains cli.example.com
//	aliyun esa GetCertificate --SiteId 1234567890123 --Id ID --waiter expr=Result.Status to=OK
//	aliyun esa DeleteCertificate --SiteId 1234567890123 --Id ID
func TestCommandLineWaiter(t *testing.T) {
	t.Parallel()
	cli := newCommandLine(t)

	applied, err := cli.call("POST", "ApplyCertificate", map[string]string{"SiteId": siteID, "Domains": "cli.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	certificate := map[string]string{"SiteId": siteID, "Id": search(t, "Result[0].Id", applied)}
	statuses := map[string]bool{}
	poll(t, "Result.Status == OK", func() bool {
		got, err := cli.call("POST", "GetCertificate", certificate)
		if err != nil {
			t.Fatal(err)
		}
		status := search(t, "Result.Status", got)
		statuses[status] = true
		return status == "OK"
	})
	if delete(statuses, "Applying"); len(statuses) != 1 {
		t.Errorf("the waiter saw other statuses than Applying and OK: %v", statuses)
	}

	if _, err := cli.call("GET", "DeleteCertificate", certificate); err != nil {
		t.Fatal(err)
	}
	// A script that deletes again finds the code in the error message.
	if _, err = cli.call("GET", "DeleteCertificate", certificate); err == nil || !strings.Contains(err.Error(), "ErrorCode: Certificate.NotFound") {
		t.Errorf("delete again: %v", err)
	}
}

// commandLine makes calls as the command line does, with the library that it uses.
type commandLine struct {
	client *sdk.Client
	host   string
}

func newCommandLine(t *testing.T) commandLine {
	t.Helper()
	client, err := sdk.NewClientWithOptions("cn-hangzhou", sdk.NewConfig().WithScheme("HTTP"), credentials.NewStaticAKCredentialsProvider(keyID, keySecret))
	if err != nil {
		t.Fatal(err)
	}
	return commandLine{client, startServer(t)}
}

// call returns the parsed response.
func (cli commandLine) call(method, action string, parameters map[string]string) (any, error) {
	request := requests.NewCommonRequest()
	request.Method, request.Domain, request.ApiName, request.Version = method, cli.host, action, version
	maps.Copy(request.QueryParams, parameters)
	response, err := cli.client.ProcessCommonRequest(request)
	if err != nil {
		return nil, err
	}
	var body any
	err = json.Unmarshal(response.GetHttpContentBytes(), &body)
	return body, err
}

// search returns the string that a JMESPath expression finds in a response.
func search(t *testing.T, expression string, response any) string {
	t.Helper()
	found, err := jmespath.Search(expression, response)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := found.(string)
	if !ok {
		t.Fatalf("%s: %v in %v", expression, found, response)
	}
	return s
}
