import { createHmac, randomBytes } from 'node:crypto'
import { database, row } from '@/lib/database'
import { env } from '@/lib/env'
import { forbidden, unauthorized } from '@/lib/errors'
import type { User } from '@/services/users'

export const sessionCookie = 'session'
export const sessionSeconds = 7 * 24 * 60 * 60

/** The hash of a token that the database stores: the token cannot be recovered from it. */
const hash = (token: string) => createHmac('sha256', env().SESSION_SECRET).update(token).digest('hex')
const now = () => Math.floor(Date.now() / 1000)

/** Starts a session and returns the token for the cookie. */
export function startSession(user: User): string {
  const token = randomBytes(32).toString('base64url')
  const db = database()
  db.prepare('DELETE FROM sessions WHERE expires_at <= ?').run(now())
  db.prepare('INSERT INTO sessions (token_hash, user_id, expires_at) VALUES (?, ?, ?)').run(hash(token), user.id, now() + sessionSeconds)
  return token
}

export function endSession(token: string | undefined) {
  if (token) database().prepare('DELETE FROM sessions WHERE token_hash = ?').run(hash(token))
}

/** Returns the user of the session with this token. @throws a 401 if there is none. */
export function requireUser(token: string | undefined): User {
  const user =
    token === undefined
      ? undefined
      : row<User>(
          `SELECT id, name, email, role, created_at AS createdAt FROM users
           JOIN sessions ON user_id = id WHERE token_hash = ? AND expires_at > ?`,
          hash(token),
          now(),
        )
  if (!user) throw unauthorized()
  return user
}

/** The same, but throws a 403 for a user without this role. */
export function requireRole(token: string | undefined, role: User['role']): User {
  const user = requireUser(token)
  if (user.role !== role) throw forbidden()
  return user
}
