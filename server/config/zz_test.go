package config
import ("testing";"fmt")
func TestX(t *testing.T) {
	c, err := Parse(Example(), "example.yaml")
	fmt.Println(err)
	if err==nil { fmt.Printf("%+v\n%v\n", c, c.Directory()) }
	_, err = Parse([]byte("acounts: []\nlimits: {url: 3, read_timeout: x}\npolicies:\n  a: {Version: 2, Statement: [{Effect: Alow, Action: x, Resource: '*'}]}\naccounts:\n  - id: 12\n    plans: [{id: x, quota_url: 'http://u:p@h/'}]\n    sites:\n    - id: x\n      name: a_b\n      plan: y\n"), "x.yaml")
	fmt.Println(err)
}
