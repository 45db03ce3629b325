package draw

import "math"

// axis is the y axis of a panel.
type axis struct {
	log   bool
	least float64
	most  float64
	ticks []float64
}

func axisOf(p Panel) axis {
	least, most := math.Inf(1), 0.0
	for _, line := range p.Lines {
		for _, value := range line.Values {
			if math.IsNaN(value) {
				continue
			}
			most = max(most, value)
			if value > 0 {
				least = min(least, value)
			}
		}
	}
	if most == 0 {
		least, most = 1, 1
	}
	if p.Log {
		return logAxis(least, most)
	}
	return linearAxis(most)
}

// linearAxis starts at 0 and has four to eight ticks at round numbers.
func linearAxis(most float64) axis {
	step := math.Pow(10, math.Floor(math.Log10(most)))
	switch {
	case most/step < 2:
		step /= 4
	case most/step < 4:
		step /= 2
	}
	a := axis{most: math.Ceil(most/step) * step}
	for i := 0.0; i*step <= a.most; i++ {
		a.ticks = append(a.ticks, i*step)
	}
	return a
}

// logAxis has its ticks at powers of ten, eight at most.
func logAxis(least, most float64) axis {
	first, last := math.Floor(math.Log10(least)), math.Ceil(math.Log10(most))
	last = max(last, first+1)
	a := axis{log: true, least: first, most: last}
	step := math.Ceil((last - first) / 7)
	for power := first; power <= last; power += step {
		a.ticks = append(a.ticks, math.Pow(10, power))
	}
	return a
}

// y is where a value stands. On a logarithmic axis, 0 stands at its foot.
func (a axis) y(value float64) float64 {
	if a.log {
		value = max(math.Log10(max(value, math.SmallestNonzeroFloat64)), a.least)
	}
	return panelTop + panelHeight*(1-(value-a.least)/(a.most-a.least))
}
