package draw

import (
	"fmt"
	"html"
	"strings"
)

// colours of the series, told apart on white and on black; the first is ours.
var colours = []string{"#d9480f", "#1c7ed6", "#2f9e44", "#9c36b5", "#868e96"}

// style follows the reader's colour scheme; the background comes along, so that
// the text is readable where the page's scheme is another.
const style = `<style>
text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:15px;font-weight:600}.small{font-size:11px}.faint{fill:#59636e}
.back{fill:#ffffff}.grid{stroke:#d1d9e0;stroke-width:1}.mark{stroke:#1f2328;stroke-width:1.5}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.back{fill:#0d1117}.grid{stroke:#3d444d}.mark{stroke:#e6edf3}}
</style>
`

// canvas collects the elements of a picture.
type canvas struct{ strings.Builder }

func newCanvas(width, height float64, title string) *canvas {
	c := new(canvas)
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" role="img">`+"\n",
		width, height, width, height)
	fmt.Fprintf(c, "<title>%s</title>\n%s", html.EscapeString(title), style)
	fmt.Fprintf(c, `<rect class="back" width="%g" height="%g" rx="8"/>`+"\n", width, height)
	return c
}

func (c *canvas) end() []byte {
	c.WriteString("</svg>\n")
	return []byte(c.String())
}

// text writes a text whose anchor is "start", "middle" or "end".
func (c *canvas) text(x, y float64, anchor, class, format string, args ...any) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`+"\n",
		x, y, anchor, class, html.EscapeString(fmt.Sprintf(format, args...)))
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(c, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`+"\n", x1, y1, x2, y2, class)
}

func (c *canvas) bar(x, y, width, height float64, colour string) {
	fmt.Fprintf(c, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="2" fill="%s"/>`+"\n", x, y, width, height, colour)
}

func (c *canvas) dot(x, y float64, colour string) {
	fmt.Fprintf(c, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x, y, colour)
}

func (c *canvas) path(points []point, colour string) {
	var steps []string
	for _, p := range points {
		steps = append(steps, fmt.Sprintf("%.1f,%.1f", p.x, p.y))
	}
	fmt.Fprintf(c, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(steps, " "), colour)
}

type point struct{ x, y float64 }
