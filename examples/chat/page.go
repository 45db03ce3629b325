package main

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var files embed.FS

// page serves the page. Its security policy allows scripts, styles and connections of
// this server only.
func page() http.Handler {
	folder, _ := fs.Sub(files, "page") // it fails only for an invalid name
	serve := http.FileServerFS(folder)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-cache")
		serve.ServeHTTP(w, r)
	})
}
