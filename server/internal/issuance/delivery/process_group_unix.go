//go:build unix

package delivery

import (
	"os/exec"
	"syscall"
)

// killGroup starts the program in a process group, so that a timeout also kills
// its child processes.
func killGroup(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
}
