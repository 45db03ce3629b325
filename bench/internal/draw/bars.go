package draw

import "math"

// Bar is a row of a [Bars] chart: a value, and the range in which it lies under
// other loads.
type Bar struct {
	Name      string
	Value     float64
	Low, High float64
	Ours      bool
}

// Bars is a chart of lying bars, with a line where the value is 1.
type Bars struct {
	Title    string
	Subtitle string
	Rows     []Bar
}

const (
	barsWidth = 860.0
	barsLeft  = 270.0 // room for the names
	barsRight = 70.0  // room for the values, in a column that no bar reaches
	barsTop   = 72.0
	barsRow   = 26.0
)

// SVG draws the chart.
func (b Bars) SVG() []byte {
	bottom := barsTop + barsRow*float64(len(b.Rows))
	c := newCanvas(barsWidth, bottom+20, b.Title)
	c.text(20, 28, "start", "title", "%s", b.Title)
	c.text(20, 46, "start", "faint", "%s", b.Subtitle)
	most := b.most()
	scale := (barsWidth - barsLeft - barsRight) / most
	for tick := 0.0; tick <= most; tick += tickStep(most) {
		c.line(barsLeft+tick*scale, barsTop-4, barsLeft+tick*scale, bottom, "grid")
		c.text(barsLeft+tick*scale, barsTop-8, "middle", "small faint", "%g", tick)
	}
	for i, row := range b.Rows {
		c.row(row, barsTop+barsRow*float64(i), scale)
	}
	c.line(barsLeft+scale, barsTop-4, barsLeft+scale, bottom, "mark")
	return c.end()
}

func (b Bars) most() float64 {
	most := 1.0
	for _, row := range b.Rows {
		most = max(most, row.Value, row.High)
	}
	return math.Ceil(most*2) / 2
}

func tickStep(most float64) float64 {
	if most <= 2 {
		return 0.25
	}
	return math.Ceil(most/5*2) / 2
}

func (c *canvas) row(row Bar, y, scale float64) {
	colour, name := colours[4], "faint"
	if row.Ours {
		colour, name = colours[0], ""
	}
	middle := y + barsRow/2
	c.text(barsLeft-10, middle+4, "end", name, "%s", row.Name)
	c.bar(barsLeft, y+5, row.Value*scale, barsRow-10, colour)
	c.line(barsLeft+row.Low*scale, middle, barsLeft+row.High*scale, middle, "mark")
	c.text(barsWidth-20, middle+4, "end", name, "%.2f", row.Value)
}
