// Package load asks much of a backend, as a media server under load would: sessions
// begin at a pace, live for a while, publish and play streams, and report. It counts
// what the backend answers and how long that takes, and says whether all went well.
package load
