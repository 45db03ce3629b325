package crash

import (
	"os/exec"
	"syscall"
)

// endWithParent has the kernel kill a child whose parent has gone: one that is stopped would stay.
func endWithParent(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
