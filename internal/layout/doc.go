// Package layout encodes structs as JSON objects and decodes them, with a table of fields
// instead of reflection. A [Layout] is such a table. It also applies changes to a copy of a
// struct, compares two structs, and prints one with its secrets masked.
//
// Members without a field, and values that do not fit their field, are kept: an object that
// is decoded and encoded again loses nothing. A value is converted only if it means the
// same in the type of the field: "5060" and 5060.0 for a number, "true" for a boolean, []
// for an empty object. Of duplicate names the last counts. null is the zero value.
package layout
