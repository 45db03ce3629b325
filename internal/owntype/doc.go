// Package owntype encodes values of a user's own types as JSON objects and decodes them.
// It uses encoding/json, but changes nothing silently: names are compared exactly, HTML is
// not escaped, numbers in an interface keep their digits, and invalid UTF-8 is an error
// with the path of the text, as is a panic of a method of the type. Errors never quote a
// value, which may be secret.
package owntype
