package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

var errNoFFmpeg = errors.New("ffmpeg is not on this machine: install it (apt-get install ffmpeg), or use -serve and another RTSP client")

// publishing is an ffmpeg that publishes a small moving test picture, with a key frame
// each second, until it is ended.
func publishing(ctx context.Context, url string) *exec.Cmd {
	return ffmpeg(ctx, "-re", "-f", "lavfi", "-i", "testsrc=size=128x72:rate=15",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15",
		"-f", "rtsp", "-rtsp_transport", "tcp", url)
}

// playing is an ffmpeg that decodes this many frames and prints a line about each.
func playing(ctx context.Context, url string, frames int) *exec.Cmd {
	return ffmpeg(ctx, "-rtsp_transport", "tcp", "-fpsprobesize", "0", // otherwise it first measures the frame rate
		"-i", url, "-frames:v", strconv.Itoa(frames), "-f", "framecrc", "-")
}

func ffmpeg(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-nostats"}, args...)...) //nolint:gosec // G204: our own arguments
}

// decoded counts the frames in a player's output. Lines with # are its header.
func decoded(output []byte) (frames int) {
	for line := range bytes.Lines(output) {
		if !bytes.HasPrefix(line, []byte("#")) {
			frames++
		}
	}
	return frames
}

// complaint is the line in which ffmpeg reports the server's answer.
func complaint(log []byte) string {
	for line := range strings.Lines(string(log)) {
		if _, text, found := strings.Cut(line, "Server returned "); found {
			return "Server returned " + strings.TrimSpace(text)
		}
	}
	return fmt.Sprintf("no complaint in %q", log)
}
