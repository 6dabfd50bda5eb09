//go:build !unix

package delivery

import "os/exec"

// killGroup does nothing: the system has no process groups. Only the program
// itself is killed.
func killGroup(*exec.Cmd) {}
