//go:build unix

package delivery

import (
	"os/exec"
	"syscall"
)

// killGroup makes the program the head of a process group, so that its end by
// time-out is that of what it has started too.
func killGroup(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
}
