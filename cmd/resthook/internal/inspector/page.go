package inspector

import (
	"embed"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
)

//go:embed page
var pageFiles embed.FS

// pageFile serves the page and the files that it loads. The content types are set here,
// since the system's table may differ.
func pageFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	if name == "" {
		name = "page.html"
	}
	kind, known := map[string]string{
		".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml",
	}[path.Ext(name)]
	if known {
		w.Header().Set("Content-Type", kind+"; charset=utf-8")
	}
	files, _ := fs.Sub(pageFiles, "page") // the name is valid
	http.ServeFileFS(w, r, files, name)   //nolint:gosec // no path leads out of an embed.FS
}

// securityPolicy lets the page load files from this server only, and forbids it to make
// markup of text.
const securityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// servePage serves what belongs to the page, to the page alone: other sites in the same
// browser can neither read nor change anything.
func (i *Inspector) servePage(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", securityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	if !i.allowsHost(r.Host) {
		fail(w, http.StatusForbidden, "the page is not at this host name: use localhost, an IP address or the host of --addr")
		return
	}
	if err := i.origin.Check(r); err != nil {
		fail(w, http.StatusForbidden, "this comes from another site")
		return
	}
	i.routes.ServeHTTP(w, r)
}

// allowsHost reports whether the page may be served under a Host header. This stops DNS
// rebinding: a site whose name resolves to this machine cannot send an IP address or
// localhost as the host.
func (i *Inspector) allowsHost(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(hostOnly(host), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	own := i.Host != "" && name == strings.ToLower(i.Host)
	return own || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// hostOnly is the host in HOST:PORT or HOST, without the brackets of IPv6.
func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}
