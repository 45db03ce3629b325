package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/wcskit/resthook"
)

// storyTime bounds the whole story, which takes about ten seconds.
const storyTime = time.Minute

// story has ffmpeg publish and play, and prints the hooks that the backend gets.
type story struct {
	app    *application
	server *server
	told   chan string // the hooks that the backend got
	mu     sync.Mutex
	out    io.Writer
	ffmpeg sync.WaitGroup
}

// tell runs a media server against the embedded backend, and has ffmpeg publish
// to it and play from it.
func tell(ctx context.Context, cfg resthook.Config, addr string, out io.Writer) (err error) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		return errNoFFmpeg
	}
	s := &story{out: out, told: make(chan string, 100)}
	if s.app, err = startApplication(s.heard); err != nil {
		return err
	}
	defer s.app.stop()
	ctx, cancel := context.WithTimeout(ctx, storyTime)
	defer s.ffmpeg.Wait()
	defer cancel()
	return serve(ctx, cfg, addr, s.app.url(), slog.New(slog.DiscardHandler), func(server *server) error {
		s.server = server
		return s.play(ctx)
	})
}

func (s *story) play(ctx context.Context) error {
	s.chapter("1. ffmpeg would publish live/cam with a wrong token")
	if err := s.refuse(ctx); err != nil {
		return err
	}
	s.chapter("2. ffmpeg publishes live/cam with the right one: the backend hides its name")
	publisher := s.publish(ctx)
	if err := s.await(ctx, "PUBLISHING"); err != nil {
		return err
	}
	s.chapter("3. ffmpeg plays live/cam")
	if err := s.watch(ctx); err != nil {
		return err
	}
	s.chapter("4. The backend ends the stream: it says no to a keep-alive")
	s.app.close()
	if err := s.await(ctx, "DISCONNECTED"); err != nil {
		return err
	}
	<-publisher
	s.say("ffmpeg : has ended, its connection was closed")
	return nil
}

func (s *story) refuse(ctx context.Context) error {
	log, err := publishing(ctx, s.url("guessed")).CombinedOutput()
	if err == nil {
		return fmt.Errorf("ffmpeg published with a wrong token: %s", log)
	}
	s.say("ffmpeg : %s", complaint(log))
	return nil
}

// publish starts an ffmpeg in the background. The channel is closed when it has ended.
func (s *story) publish(ctx context.Context) <-chan struct{} {
	ended := make(chan struct{})
	s.ffmpeg.Go(func() {
		defer close(ended)
		_ = publishing(ctx, s.url("secret")).Run() // it ends with an error, since the backend ends the stream
	})
	return ended
}

func (s *story) watch(ctx context.Context) error {
	output, err := playing(ctx, s.url("secret"), 30).Output()
	if err != nil {
		return fmt.Errorf("ffmpeg did not play: %w", cmp.Or(context.Cause(ctx), err))
	}
	if err := s.await(ctx, "DISCONNECTED"); err != nil {
		return err
	}
	s.say("ffmpeg : has decoded %d frames", decoded(output))
	return nil
}

func (s *story) url(token string) string {
	return fmt.Sprintf("rtsp://%s/live/cam?token=%s", s.server.addr(), token)
}

// heard prints each hook when the backend gets it.
func (s *story) heard(hook, text string) {
	s.say("backend: %-21s %s", hook, text)
	s.told <- text
}

// await waits for a hook whose text ends with end.
func (s *story) await(ctx context.Context, end string) error {
	for {
		select {
		case text := <-s.told:
			if strings.HasSuffix(text, end) {
				return nil
			}
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", end, context.Cause(ctx))
		}
	}
}

func (s *story) chapter(title string) { s.print("\n%s\n", title) }

func (s *story) say(format string, args ...any) { s.print("   "+format+"\n", args...) }

func (s *story) print(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.out, format, args...)
}
