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

// pageFile serves the page and the files that it loads. Their types do not come
// from the system: it may have others.
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

// policy lets the page load from here alone, take no script from elsewhere and
// make no markup of text.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// servePage serves what belongs to the page, to the page alone: other sites
// that a browser has open can neither read nor change anything.
func (i *Inspector) servePage(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", policy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
	if !i.known(r.Host) {
		fail(w, http.StatusForbidden, "the page is not at this host name: use localhost, an IP address or the host of --addr")
		return
	}
	if err := i.origin.Check(r); err != nil {
		fail(w, http.StatusForbidden, "this comes from another site")
		return
	}
	i.routes.ServeHTTP(w, r)
}

// known tells whether a Host header is one under which the page may be asked
// for. A site that has its own name lead to this machine (DNS rebinding) can
// forge neither an address nor localhost.
func (i *Inspector) known(host string) bool {
	name := strings.ToLower(strings.TrimSuffix(hostOnly(host), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	own := i.Host != "" && name == strings.ToLower(i.Host)
	return own || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// hostOnly is HOST of HOST:PORT or HOST, without the brackets of IPv6.
func hostOnly(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}
