// Package baseurl reads a URL that names are appended to. What is dialled, what a Host
// header says and what is printed are all to be made of the URL that [Parse] returns:
// its host has one spelling and is a real one. Whatever its writer may have meant
// otherwise, such as a placeholder that nobody has filled in, is an error. The package
// does not know what is requested there.
package baseurl
