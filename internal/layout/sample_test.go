package layout_test

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/layout"
)

type (
	colour string
	moment int64
	price  struct{ cents int } // a type of the caller's
)

// lamp has a field of every type of the package, and one of a type of the caller's.
type lamp struct {
	ID, Owner string
	Colour    colour
	Lit       bool
	Dimmed    *bool
	Watts     int
	Made      moment
	Rooms     []string
	Notes     map[string]any
	Bulb      *bulb
	Price     *price
	Code      string

	Unknown map[string]json.RawMessage

	origin layout.Origin
}

type bulb struct {
	Warm bool

	Unknown map[string]json.RawMessage

	origin layout.Origin
}

// misfitError is the error of Options.Misfit.
type misfitError struct{ field, want, found string }

func (e *misfitError) Error() string { return fmt.Sprintf("%s: %s, not %s", e.field, e.found, e.want) }

func options() layout.Options {
	return layout.Options{
		Pinned: []string{"owner", "id", "node"},
		Show:   strings.ToUpper,
		Misfit: func(field, want, found string) error { return &misfitError{field, want, found} },
	}
}

func bulbs() *layout.Layout[bulb] {
	return layout.New("bulb", options(),
		func(p *bulb) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
		layout.Bool("warm", func(p *bulb) *bool { return &p.Warm }).Always(),
	)
}

func lamps() *layout.Layout[lamp] {
	return layout.New("lamp", options(),
		func(p *lamp) (*map[string]json.RawMessage, *layout.Origin) { return &p.Unknown, &p.origin },
		layout.Text("id", func(p *lamp) *string { return &p.ID }),
		layout.Text("owner", func(p *lamp) *string { return &p.Owner }),
		layout.Text("colour", func(p *lamp) *colour { return &p.Colour }),
		layout.Bool("lit", func(p *lamp) *bool { return &p.Lit }).Always(),
		layout.OptionalBool("dimmed", func(p *lamp) **bool { return &p.Dimmed }),
		layout.Int("watts", func(p *lamp) *int { return &p.Watts }),
		layout.Int("made", func(p *lamp) *moment { return &p.Made }).Wants("a moment"),
		layout.Texts("rooms", func(p *lamp) *[]string { return &p.Rooms }),
		layout.Object("notes", json.Marshal, func(p *lamp) *map[string]any { return &p.Notes }),
		layout.Struct("bulb", bulbs(), func(p *lamp) **bulb { return &p.Bulb }),
		layout.Of("price", prices(), func(p *lamp) **price { return &p.Price }),
		layout.Text("code", func(p *lamp) *string { return &p.Code }).Secret(),
	)
}

func prices() layout.Type[*price] {
	return layout.Type[*price]{
		Want:   "a price",
		Append: func(b []byte, p *price) ([]byte, error) { return fmt.Appendf(b, `"%d ct"`, p.cents), nil },
		Read: func(value []byte) (*price, bool) {
			p := new(price)
			n, err := fmt.Sscanf(jsontext.Text(value), "%d ct", &p.cents)
			return p, n == 1 && err == nil && fmt.Sprintf(`"%d ct"`, p.cents) == string(value)
		},
		Equal: func(p, q *price) bool { return p == q || p != nil && q != nil && *p == *q },
	}
}

// has are the fields of a lamp by what they take.
func has() map[string]string {
	return map[string]string{
		"id": "a string", "owner": "a string", "colour": "a string", "code": "a string", "lit": "a boolean", "dimmed": "a boolean",
		"watts": "a whole number", "made": "a moment", "rooms": "an array of strings", "notes": "an object", "bulb": "an object", "price": "a price",
	}
}
