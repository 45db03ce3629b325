package resthook

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// unasked lists what is switched off so that somebody is let in without a
// question. Each was somebody's choice, so each is a line in the log at the start.
func (o *options) unasked(cfg Config) []string {
	if cfg.DisableRestRequests {
		return []string{"disable_rest_requests is true: no backend is asked, and every client may do everything"}
	}
	var all []string
	if o.rule.RestPolicy == RestPolicyDisable {
		all = append(all, "WithDefaultRule says DISABLE: what no policy names is done unasked")
	}
	for _, app := range o.apps {
		all = append(all, app.unasked()...)
	}
	return append(all, o.unkept(cfg)...)
}

func (a App) unasked() []string {
	var all []string
	if a.ConnectUnasked {
		all = append(all, a.title()+"connect is not asked: every client is let in")
	}
	if a.Methods == nil {
		return all
	}
	asked := namesOf(a.Methods)
	var free []string
	for _, method := range Methods() {
		if decides(method) && !slices.Contains(asked, method.Name()) {
			free = append(free, method.Name())
		}
	}
	if len(free) > 0 {
		all = append(all, a.title()+"not among its methods, so done unasked: "+strings.Join(free, ", "))
	}
	return all
}

// decides reports whether a backend decides by its answer to the method. Of connect
// there is a line of its own.
func decides(method Method) bool {
	return method.Kind() == KindDirect || method.Kind() == KindIncoming
}

// unkept lists the streams that keep-alives were meant for and do not ask about.
func (o *options) unkept(cfg Config) []string {
	switch {
	case !cfg.KeepAliveEnabled:
		return nil
	case len(cfg.KeepAliveAppKeys) == 0:
		return []string{"keep_alive_streaming_sessions_enabled is true, but streaming_sessions_keep_alive_app_keys names no app: no stream is asked about"}
	}
	var all []string
	for _, key := range cfg.KeepAliveAppKeys {
		app, ok := o.appOf(key)
		switch {
		case !ok:
			all = append(all, fmt.Sprintf("streaming_sessions_keep_alive_app_keys names %.40q, which is the key of no app: no stream of it is asked about", key))
		case app.Methods != nil && !slices.Contains(namesOf(app.Methods), StreamKeepAliveEvent.name):
			all = append(all, app.title()+"StreamKeepAliveEvent is not among its methods: no stream of it is asked about")
		}
	}
	return all
}

// appOf is the app that serves a key.
func (o *options) appOf(key string) (App, bool) {
	for _, wanted := range []string{key, ""} {
		if i := slices.IndexFunc(o.apps, func(a App) bool { return a.Key == wanted }); i >= 0 {
			return o.apps[i], true
		}
	}
	return App{}, false
}

// warnOnce logs a warning the first time under a config.
func (c *Client) warnOnce(told *atomic.Bool, text string) {
	if told.CompareAndSwap(false, true) {
		c.opts.logger.Warn("configuration", "warning", text)
	}
}
