package credentials_test

import (
	"context"
	"fmt"

	"github.com/esacert/esacert/client"
	"github.com/esacert/esacert/client/credentials"
)

func ExampleProfileFromFile() {
	// Profile("temporary") reads ~/.aliyun/config.json.
	profile := credentials.ProfileFromFile("testdata/config.json", "temporary")
	found, err := profile.Credentials(context.Background())
	fmt.Println(found, err)
	// Output: Credentials{AccessKeyID: "STS.profileAK", AccessKeySecret: (hidden), SecurityToken: (hidden), BearerToken: (none)} <nil>
}

func ExampleDefault() {
	// Credentials are resolved at the first call, not here.
	c, err := client.New(client.WithCredentials(credentials.Default()))
	fmt.Println(c.Endpoint(), err)
	// Output: https://esa.cn-hangzhou.aliyuncs.com/ <nil>
}
