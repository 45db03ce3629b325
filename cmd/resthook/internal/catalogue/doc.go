// Package catalogue says of each method of the protocol what its payload's fields
// mean, and has a sample of it.
package catalogue
