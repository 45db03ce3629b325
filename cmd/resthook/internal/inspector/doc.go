// Package inspector is a backend to develop against: it answers hooks under
// rules, and shows them on a web page as they come in.
package inspector
