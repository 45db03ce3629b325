// Package verdicts remembers answers to questions of yes or no, such as whether somebody
// may come in. Whoever asks what somebody is asking already waits for that answer; an
// answer that is there serves until its time is over. What strangers may ask is bounded:
// questions are hashed, those allowed and those denied have room apart, so that who
// guesses displaces nobody who is known, and each group of questions has a bound of its
// own. The package does not know what is asked, nor of whom.
package verdicts
