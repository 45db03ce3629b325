//go:build !linux

package measure

import "os/exec"

// Pin does nothing here.
func Pin(bool) (Cores, error) { return Anywhere(), nil }

// Launch starts a command.
func (Cores) Launch(command *exec.Cmd) error { return command.Start() }
