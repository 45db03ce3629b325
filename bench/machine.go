package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/wcskit/resthook/bench/internal/measure"
)

// machine says on what was measured, and which versions.
func machine(cores measure.Cores) string {
	return fmt.Sprintf("Measured by `go run . %s` on %s: %s %s/%s, %s, GOMAXPROCS %d, %v.\n\n%s",
		strings.Join(os.Args[1:], " "), time.Now().UTC().Format(time.DateOnly), runtime.Version(), runtime.GOOS, runtime.GOARCH, processor(),
		runtime.GOMAXPROCS(0), cores, strings.Join(versions(), ", ")+".")
}

// processor is what Linux calls it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "processor unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, found := strings.CutPrefix(line, "model name"); found {
			return strings.Trim(name, " \t:\n")
		}
	}
	return "processor unknown"
}

func versions() []string {
	contestants := map[string]bool{
		"github.com/hashicorp/go-retryablehttp": true, "resty.dev/v3": true, "github.com/failsafe-go/failsafe-go": true,
		"github.com/livekit/protocol": true, "github.com/valyala/fasthttp": true,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	var all []string
	for _, m := range info.Deps {
		if contestants[m.Path] {
			all = append(all, m.Path+" "+m.Version)
		}
	}
	return all
}
