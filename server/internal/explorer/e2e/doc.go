// Package e2e drives the explorer in headless Chromium against a running esacertd,
// as a user does, and with failures. It is a separate module, so that other
// packages do not depend on what drives the browser. "make e2e" runs it.
package e2e
