package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// play runs a conversation between two users and prints the frames that they send and
// get.
func play(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, err := start("127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	d := demo{out: out, url: s.url() + "/ws"}
	return errors.Join(d.play(ctx), s.stop(context.WithoutCancel(ctx)))
}

type demo struct {
	out        io.Writer
	url        string
	alice, bob *user
}

func (d *demo) play(ctx context.Context) error {
	for _, step := range []struct {
		title string
		do    func(context.Context) error
	}{
		{"1. Two users connect", d.connect},
		{"2. A wrong token is declined", d.decline},
		{"3. Alice speaks: her message goes to all, herself too", d.speak},
		{"4. Bob insults: the backend refuses, nobody hears it", d.insult},
		{"5. Bob leaves: Alice hears only herself", d.leave},
	} {
		fmt.Fprintf(d.out, "\n%s\n", step.title)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	return nil
}

func (d *demo) connect(ctx context.Context) (err error) {
	if d.alice, err = d.enter(ctx, "alice", "wonderland", frameUserData); err != nil {
		return err
	}
	d.bob, err = d.enter(ctx, "bob", "builder", frameUserData)
	return err
}

func (d *demo) decline(ctx context.Context) error {
	stranger, err := d.enter(ctx, "alice", "guessed", frameFail)
	if err == nil {
		_ = stranger.socket.CloseNow() // the server has closed it
	}
	return err
}

func (d *demo) speak(ctx context.Context) error {
	return d.say(ctx, d.alice, "1", "hello, all", heard{d.alice, frameOnData}, heard{d.bob, frameOnData}, heard{d.alice, frameDataStatus})
}

func (d *demo) insult(ctx context.Context) error {
	return d.say(ctx, d.bob, "2", "you blockhead", heard{d.bob, frameDataStatus})
}

func (d *demo) leave(ctx context.Context) error {
	if err := d.bob.leave(); err != nil {
		return err
	}
	if err := d.say(ctx, d.alice, "3", "anybody?", heard{d.alice, frameOnData}, heard{d.alice, frameDataStatus}); err != nil {
		return err
	}
	return d.alice.leave()
}

// enter connects a user and waits for a frame with the name in gets.
func (d *demo) enter(ctx context.Context, login, token, gets string) (*user, error) {
	d.print(login, ">", frameConnection, map[string]any{"login": login, "token": token})
	u, err := enter(ctx, d.url, login, token)
	if err != nil {
		return nil, err
	}
	return u, d.hear(ctx, heard{u, gets})
}

// heard is a frame that a user must get.
type heard struct {
	by      *user
	message string
}

// say sends a message from a user, and waits for each of the frames.
func (d *demo) say(ctx context.Context, from *user, operation, body string, all ...heard) error {
	data := utterance{operation, map[string]any{"body": body}}
	d.print(from.login, ">", frameSendData, data)
	if err := from.send(ctx, frameSendData, data); err != nil {
		return err
	}
	for _, one := range all {
		if err := d.hear(ctx, one); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) hear(ctx context.Context, what heard) error {
	f, err := what.by.next(ctx)
	if err != nil {
		return err
	}
	if f.Message != what.message {
		return fmt.Errorf("%s got %s instead of %s", what.by.login, f.Message, what.message)
	}
	d.print(what.by.login, "<", f.Message, f.object())
	return nil
}

// print prints a frame without its long ids.
func (d *demo) print(login, way, message string, object any) {
	text, err := json.Marshal(object)
	if err != nil {
		return
	}
	fields := map[string]json.RawMessage{}
	_ = json.Unmarshal(text, &fields)
	for _, id := range []string{"nodeId", "sessionId", "appKey", "origin"} {
		delete(fields, id)
	}
	text, _ = json.Marshal(fields)
	fmt.Fprintf(d.out, "   %-5s %s %-15s %s\n", login, way, message, text)
}
