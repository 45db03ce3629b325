package measure

import "fmt"

// Cores says on which core each process runs; -1 is any.
type Cores struct{ Client, Backend int }

// Anywhere leaves it to the system.
func Anywhere() Cores { return Cores{Client: -1, Backend: -1} }

// String says it for people.
func (c Cores) String() string {
	if c.Client < 0 {
		return "not pinned"
	}
	return fmt.Sprintf("client on core %d, backend on core %d", c.Client, c.Backend)
}
