// Package mask makes what went over the wire fit to be shown: passwords, tokens,
// keys and signatures are left out, and all else stays as it was.
package mask
