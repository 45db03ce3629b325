// Package recall remembers values for a while, within bounds of number and size. What was put
// least recently goes first.
package recall

import (
	"container/list"
	"crypto/sha256"
	"sync"
	"time"
)

// Key is the hash of what a value is remembered for: it takes the same memory for a text of any
// length.
type Key [sha256.Size]byte

// Memory remembers values. It is safe for concurrent use. New makes it.
type Memory struct {
	items, bytes int

	mu    sync.Mutex
	byAge list.List // of *entry, the oldest first
	byKey map[Key]*list.Element
	size  int
}

type entry struct {
	key   Key
	value []byte
	at    time.Time
}

// New makes a memory of so many values at most, and of so many bytes in them.
func New(items, bytes int) *Memory {
	return &Memory{items: items, bytes: bytes, byKey: map[Key]*list.Element{}}
}

// Put remembers a copy of a value from now on, in place of the one before.
func (m *Memory) Put(key Key, value []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(m.byKey[key])
	if len(value) > m.bytes {
		return
	}
	m.byKey[key] = m.byAge.PushBack(&entry{key, append([]byte(nil), value...), time.Now()})
	m.size += len(value)
	for m.byAge.Len() > m.items || m.size > m.bytes {
		m.drop(m.byAge.Front())
	}
}

// Get returns a value that was put within the time before now. It must not be changed.
func (m *Memory) Get(key Key, within time.Duration) (value []byte, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.byKey[key]
	if at == nil {
		return nil, false
	}
	e, _ := at.Value.(*entry)
	return e.value, time.Since(e.at) <= within
}

// Drop forgets a value.
func (m *Memory) Drop(key Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(m.byKey[key])
}

func (m *Memory) drop(at *list.Element) {
	if at == nil {
		return
	}
	e, _ := m.byAge.Remove(at).(*entry)
	delete(m.byKey, e.key)
	m.size -= len(e.value)
}
