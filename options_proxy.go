package resthook

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/wcskit/resthook/internal/proxy"
)

// WithProxy sends all hooks through a proxy: http, https, socks5 or socks5h, with a user name
// and a password in the URL if need be, such as http://user:password@proxy.example:3128.
// Hooks to https backends go through a tunnel (CONNECT, or SOCKS5), in which the client
// verifies the backend's certificate; a hook to an http backend is readable for the proxy. If
// the proxy makes no connection to the backend, the error matches [ErrUnreachable] and has
// the proxy's status. Whatever an http proxy answers to a hook for an http backend counts as
// the backend's answer, such as 407 and 502.
//
// The hooks go over net/http's transport, so what [WithTransport] says of it holds here, but
// the client sets it up and ends it: rest_max_connections (of all http backends together, and
// of each https one), [WithTLSConfig], [WithTLSFiles] and [WithConnectionAge] hold as without
// a proxy; the TLS configuration is that for an https proxy, too. WithProxy works neither with
// WithTransport, [WithDialContext] nor [WithAddressGuard]: with a proxy it is not this process
// that looks up the backend's name. Default: no proxy, and none from the environment.
func WithProxy(url string) Option {
	return func(o *options) error {
		through, err := proxy.Fixed(url)
		if err != nil {
			return fmt.Errorf("proxy: %w", err)
		}
		return o.setProxy(through)
	}
}

// WithProxyFromEnvironment sends hooks through the proxy that the environment names, as
// net/http does: HTTPS_PROXY for https backends, HTTP_PROXY for http ones, and no proxy for
// the hosts in NO_PROXY, nor for this machine. The environment is read once in a process. For
// the hooks that go through a proxy, all holds that [WithProxy] says; the others go over the
// client's own transport. Default: no proxy.
func WithProxyFromEnvironment() Option {
	return func(o *options) error {
		if err := proxy.CheckEnvironment(); err != nil {
			return fmt.Errorf("proxy: %w", err)
		}
		return o.setProxy(proxy.Environment)
	}
}

func (o *options) setProxy(through proxy.Func) error {
	if o.proxy != nil {
		return errors.New("two proxies")
	}
	o.proxy = through
	return nil
}

// chooseProxy decides whether the hooks to a backend go through a proxy.
func (b *backend) chooseProxy(through proxy.Func) error {
	if through == nil {
		return nil
	}
	address, err := through(&http.Request{Method: http.MethodPost, URL: b.base})
	b.proxied = address != nil
	return err
}

// over is what the hooks to a backend go over; nil: the library's transport.
func (c *Client) over(b *backend) http.RoundTripper {
	if b.proxied {
		return c.proxy
	}
	return c.opts.transport
}

// newProxy makes the transport of the hooks that go through a proxy; nil where none can.
func (c *Client) newProxy(cfg Config) *proxy.Transport {
	if c.opts.proxy == nil {
		return nil
	}
	o := proxy.Options{Proxy: c.opts.proxy, Limit: cfg.MaxConnections, TLS: c.opts.tls, Age: c.opts.connectionAge}
	if files := c.opts.tlsNow; files != nil {
		o.TLSNow = files.Config
	}
	return proxy.New(o)
}
