// Package e2e drives the explorer in a headless Chromium against a running
// esacertd: what a person does with the page, and what goes wrong then. It is a
// module of its own, so that what drives the browser burdens nobody else; "make
// e2e" runs it.
package e2e
