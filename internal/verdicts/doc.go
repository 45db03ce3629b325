// Package verdicts is a cache of answers that allow or deny something. A question that is
// being asked already is not asked again: the caller waits for the same answer. An answer
// is used until its lifetime is over. Memory is bounded against questions of strangers:
// questions are hashed, answers that allow and answers that deny have separate bounds, so
// that guessing displaces no allowed answer, and each group of questions has a bound of
// its own. The package does not know what is asked, nor of whom.
package verdicts
