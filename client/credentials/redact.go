package credentials

import "regexp"

// hidden stands where a secret would.
const hidden = "(hidden)"

// withoutSecrets takes out of an error of the vendor's module what may be a
// secret. Three of its errors quote whole documents: the configuration file of
// the aliyun command where it is no JSON (so nothing in it can be told apart,
// and all of it goes), and answers that lack a field.
func withoutSecrets(text string) string {
	file := regexp.MustCompile(`(?s)(unmarshal aliyun cli config from '.*?' failed: ).*`)
	text = file.ReplaceAllString(text, "${1}it is no JSON of the expected form")
	field := regexp.MustCompile(`(?i)((?:secret|token|password|key)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	return field.ReplaceAllString(text, `${1}"`+hidden+`"`)
}
