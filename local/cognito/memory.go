package cognito

import (
	"maps"
	"sync"
	"time"

	"annex/local/uuid"
)

const (
	codeLife    = 5 * time.Minute // "Token endpoint" in Cognito's guide
	sessionLife = time.Hour       // of the cookie that spares signing in again
)

// memory is what does not outlive the runner: codes and sessions, and which
// refresh tokens were used or revoked.
type memory struct {
	mu       sync.Mutex
	codes    map[string]code
	sessions map[string]session
	used     map[string]time.Time // since when, by the token's jti
	revoked  map[string]bool      // by origin_jti
}

// code is an authorization code, by which a client gets its tokens.
type code struct {
	pool, client, redirect, challenge string
	grant                             grant
	expires                           time.Time
}

// session is a browser in which somebody has signed in.
type session struct {
	pool     string
	user     user
	signedIn time.Time
}

func newMemory() *memory {
	return &memory{codes: map[string]code{}, sessions: map[string]session{}, used: map[string]time.Time{}, revoked: map[string]bool{}}
}

func (m *memory) addCode(c code, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.codes, func(_ string, c code) bool { return !now.Before(c.expires) })
	id := uuid.New()
	m.codes[id] = c
	return id
}

// takeCode gives a code to the first who asks, whatever comes of it.
func (m *memory) takeCode(id string, now time.Time) (code, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.codes[id]
	delete(m.codes, id)
	return c, ok && now.Before(c.expires)
}

func (m *memory) addSession(s session, now time.Time) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.sessions, func(_ string, s session) bool { return !s.lives(now) })
	id := uuid.New()
	m.sessions[id] = s
	return id
}

func (s session) lives(now time.Time) bool { return now.Before(s.signedIn.Add(sessionLife)) }

func (m *memory) session(id, pool string, now time.Time) (session, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.sessions[id]
	return s, ok && s.pool == pool && s.lives(now)
}

func (m *memory) endSession(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, id)
}

// use tells whether a refresh token may be used, and notes that it was, where
// the client's tokens are good for once.
func (m *memory) use(t refreshToken, client Client, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	since, before := m.used[t.JTI]
	switch {
	case m.revoked[t.OriginJTI], before && now.After(since.Add(client.Grace)):
		return false
	case client.Rotates && !before:
		m.used[t.JTI] = now
	}
	return true
}

func (m *memory) revoke(originJTI string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revoked[originJTI] = true
}

func (m *memory) isRevoked(originJTI string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revoked[originJTI]
}
