package draw

import (
	"fmt"
	"math"
	"slices"
)

// Line is a series: a value for each X of its chart.
type Line struct {
	Name   string
	Values []float64 // NaN where nothing was measured
}

// Panel is one diagram of a chart.
type Panel struct {
	Title string
	Log   bool // the values stand on a logarithmic scale
	Lines []Line
}

// Lines is a chart of diagrams side by side that share their X and the order of
// their series.
type Lines struct {
	Title  string
	XTitle string
	X      []string
	Panels []Panel
}

const (
	panelWidth  = 250.0
	panelHeight = 190.0
	panelGap    = 66.0 // room for the labels of the y axis
	panelTop    = 104.0
)

// SVG draws the chart.
func (l Lines) SVG() []byte {
	width := 20 + float64(len(l.Panels))*(panelWidth+panelGap)
	c := newCanvas(width, panelTop+panelHeight+56, l.Title)
	c.text(20, 28, "start", "title", "%s", l.Title)
	if len(l.Panels) > 0 {
		c.legend(l.Panels[0].Lines)
	}
	for i, panel := range l.Panels {
		c.panel(panel, l.X, 10+panelGap+float64(i)*(panelWidth+panelGap))
	}
	c.text(width/2, panelTop+panelHeight+42, "middle", "faint", "%s", l.XTitle)
	return c.end()
}

// legend names the series in a row. The width of a name is taken as that of
// wide letters, so that two never touch.
func (c *canvas) legend(lines []Line) {
	x := 20.0
	for i, line := range lines {
		c.bar(x, 44, 14, 4, colours[i%len(colours)])
		c.text(x+20, 50, "start", "", "%s", line.Name)
		x += 44 + 7.4*float64(len(line.Name))
	}
}

func (c *canvas) panel(p Panel, x []string, left float64) {
	axis := axisOf(p)
	c.text(left, panelTop-16, "start", "", "%s", p.Title)
	for _, tick := range axis.ticks {
		y := axis.y(tick)
		c.line(left, y, left+panelWidth-20, y, "grid")
		c.text(left-6, y+4, "end", "small faint", "%s", Short(tick))
	}
	step := (panelWidth - 40) / float64(max(len(x)-1, 1))
	for i, label := range x {
		c.text(left+10+step*float64(i), panelTop+panelHeight+18, "middle", "small faint", "%s", label)
	}
	for i, line := range slices.Backward(p.Lines) { // the first stays on top
		c.series(line, axis, left+10, step, colours[i%len(colours)])
	}
}

func (c *canvas) series(line Line, axis axis, left, step float64, colour string) {
	var points []point
	for i, value := range line.Values {
		if !math.IsNaN(value) {
			points = append(points, point{left + step*float64(i), axis.y(value)})
		}
	}
	c.path(points, colour)
	for _, p := range points {
		c.dot(p.x, p.y, colour)
	}
}

// Short writes a number in few characters: 12, 1.5k, 3M.
func Short(value float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if math.Abs(value) >= unit.size {
			return fmt.Sprintf("%.3g%s", value/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g", value)
}
