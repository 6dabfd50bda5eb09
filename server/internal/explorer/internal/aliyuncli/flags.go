package aliyuncli

// assigned is how many values a flag accepts.
type assigned int

const (
	optional   assigned = iota // a parameter: --Name or --Name value
	none                       // --flag
	once                       // --flag value
	repeatable                 // --flag value value …
)

// flags returns the client's own flags. Every other name is a parameter.
func flags() map[string]assigned {
	all := map[string]assigned{}
	for mode, names := range map[assigned][]string{
		none: {
			"secure", "insecure", "force", "dryrun", "cli-dry-run", "cli-dry-run-json", "estimate-cost", "quiet", "yes",
			"cli-ai-mode", "no-cli-ai-mode", "skip-secure-verify", "help",
		},
		once: {
			"version", "body", "body-file", "accept", "log-level", "log_level", "cli-query", "roa", "method", "user-agent",
			"mode", "profile", "language", "region", "RegionId", "config-path", "access-key-id", "access-key-secret", "sts-token",
			"sts-region", "sts-endpoint", "ram-role-name", "ram-role-arn", "source-profile", "role-session-name", "external-id",
			"private-key", "key-pair-name", "read-timeout", "connect-timeout", "retry-count", "expired-seconds", "process-command",
			"oidc-provider-arn", "oidc-token-file", "cloud-sso-sign-in-url", "cloud-sso-access-config", "cloud-sso-account-id",
			"oauth-site-type", "endpoint-type", "endpoint", "external-account-type", "auto-plugin-install",
			"auto-plugin-install-enable-pre", "bearer-token", "bearer-token-header-key",
		},
		repeatable: {"header", "pager", "output", "waiter", "estimate-cost-context"},
	} {
		for _, name := range names {
			all[name] = mode
		}
	}
	return all
}

// shorthands returns the flags that one letter names.
func shorthands() map[string]string {
	return map[string]string{"e": "endpoint", "p": "profile", "q": "quiet", "y": "yes"}
}
