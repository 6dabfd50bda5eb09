package serverrunner

import "github.com/esacert/esacert/client/signature"

// explainDifference says where our text to sign and the server's part, if the server's
// message has it.
func explainDifference(ours signature.Transcript, message string) string {
	theirs, ok := signature.ParseMismatchMessage(message)
	if !ok || ours.StringToSign == "" {
		return ""
	}
	return ours.Explain(theirs).String()
}
