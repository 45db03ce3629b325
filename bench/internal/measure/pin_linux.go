package measure

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// pinned is the environment variable in which the program hands itself the
// cores over its restart.
const pinned = "RESTHOOK_BENCH_CORES"

// Pin puts this process on the first of its cores and returns which is for the
// backend: the same, or with apart the second. A running program has threads
// everywhere, so it starts itself anew and does not return the first time.
func Pin(apart bool) (Cores, error) {
	if text := os.Getenv(pinned); text != "" {
		var c Cores
		_, err := fmt.Sscanf(text, "%d,%d", &c.Client, &c.Backend)
		return c, err
	}
	cores, err := allowed()
	if err != nil || len(cores) == 0 {
		return Anywhere(), err
	}
	theirs := cores[0]
	if apart && len(cores) > 1 {
		theirs = cores[1]
	}
	program, err := os.Executable()
	if err != nil {
		return Anywhere(), err
	}
	runtime.LockOSThread()
	if err := pinThread(cores[0]); err != nil {
		return Anywhere(), err
	}
	env := append(os.Environ(), fmt.Sprintf("%s=%d,%d", pinned, cores[0], theirs))
	return Anywhere(), unix.Exec(program, os.Args, env)
}

// Launch starts a command on the backend's core.
func (c Cores) Launch(command *exec.Cmd) error {
	if c.Backend < 0 {
		return command.Start()
	}
	runtime.LockOSThread() // a child is born where its thread runs
	defer runtime.UnlockOSThread()
	if err := pinThread(c.Backend); err != nil {
		return err
	}
	return errors.Join(command.Start(), pinThread(c.Client))
}

func allowed() (cores []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, os.NewSyscallError("sched_getaffinity", err)
	}
	for core := 0; len(cores) < set.Count(); core++ {
		if set.IsSet(core) {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

func pinThread(core int) error {
	var set unix.CPUSet
	set.Set(core)
	return os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &set))
}
