package serverrunner

import "github.com/esacert/esacert/client/signature"

// explainDifference returns the first difference between the suite's string to
// sign and the server's, if the server's error message contains it, and otherwise
// "".
func explainDifference(ours signature.Transcript, message string) string {
	theirs, ok := signature.ParseMismatchMessage(message)
	if !ok || ours.StringToSign == "" {
		return ""
	}
	return ours.Explain(theirs).String()
}
