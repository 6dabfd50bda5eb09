package main

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/esacert/esacert/client/internal/truncate"
)

// Environment variables of an access key.
const (
	envAccessKeyID     = "ALIBABA_CLOUD_ACCESS_KEY_ID"
	envAccessKeySecret = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
)

// whatToSet is the remedy for missing credentials.
const whatToSet = "set " + envAccessKeyID + " and " + envAccessKeySecret + ", or pass --profile with an aliyun CLI profile"

// credentials reports a call that could not be signed. The vendor's chain
// reports one long line about every source, so the hint is first and the rest
// is truncated unless debug is set. Other reasons are short and are printed
// first.
func (f *errorReport) credentials(debug bool) string {
	_, reported, fromChain := strings.Cut(f.Message, "from the vendor's chain: ")
	if !fromChain {
		return fmt.Sprintf("esacert: %s\n  %s\n", f.Message, whatToSet)
	}
	message := "esacert: no usable credentials: " + whatToSet + "\n"
	if debug {
		return message + "  reported: " + reported + "\n"
	}
	if short := noteworthy(reported); short != "" {
		message += "  reported: " + short + "\n"
	}
	return message + "  --debug shows what each source of the vendor's default chain reported\n"
}

// maxReportLen is about two lines of a terminal, in bytes.
const maxReportLen = 200

// noteworthy removes the sources that are merely absent from the report of the
// vendor's chain, and truncates the rest.
func noteworthy(reported string) string {
	const missing = `[^,]*(?:no such file or directory|The system cannot find the (?:file|path) specified\.)`
	absent := regexp.MustCompile(strings.Join([]string{
		`unable to get credentials from any of the providers in the chain: `,
		`unable to get credentials from env\w+ variables, Access key \w+ must be specified via environment variable \(\w+\)`,
		`the (?:OIDCTokenFilePath|OIDCProviderARN|RoleArn) is empty`,
		`reading aliyun cli config from '[^']*' failed open ` + missing,
		`ERROR: Can not open fileopen ` + missing,
		`IMDS credentials is disabled`,
		`get role name failed: [^,]*`,
	}, "|"))
	var left []string
	for part := range strings.SplitSeq(absent.ReplaceAllString(reported, ""), ", ") {
		if part = strings.Trim(part, " ,"); part != "" {
			left = append(left, part)
		}
	}
	return truncate.String(strings.Join(left, ", "), maxReportLen)
}
