import { z } from 'zod'
import { database, row, rows } from '@/lib/database'
import { conflict, HttpError, notFound } from '@/lib/errors'
import { hashPassword, passwordMatches } from '@/lib/passwords'

export interface User {
  id: number
  name: string
  email: string
  role: 'member' | 'admin'
  createdAt: string
}

const columns = 'id, name, email, role, created_at AS createdAt'

const name = z.string().trim().min(1, 'Say who this is.').max(100)
const email = z.email('This is not an e-mail address.')
const password = z.string().min(8, 'Use at least 8 characters.').max(200)

export const newUser = z.strictObject({ name, email, password })
export const userChanges = z.strictObject({ name: name.optional(), email: email.optional(), password: password.optional() })
export const credentials = z.object({ email, password: z.string().min(1, 'Say your password.') })
export const userQuery = z.object({
  page: z.coerce.number().int().min(1).default(1),
  per_page: z.coerce.number().int().min(1).max(100).default(20),
  search: z.string().default(''),
})

export function listUsers({ page, per_page: perPage, search }: z.infer<typeof userQuery>) {
  const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`
  const where = `WHERE name LIKE ?1 ESCAPE '\\' OR email LIKE ?1 ESCAPE '\\'`
  const total = row<{ total: number }>(`SELECT count(*) AS total FROM users ${where}`, pattern)?.total ?? 0
  const users = rows<User>(`SELECT ${columns} FROM users ${where} ORDER BY id LIMIT ?2 OFFSET ?3`, pattern, perPage, (page - 1) * perPage)
  return { users, page, perPage, total, pages: Math.ceil(total / perPage) }
}

export function getUser(id: number): User {
  const user = row<User>(`SELECT ${columns} FROM users WHERE id = ?`, id)
  if (!user) throw notFound(`User ${id}`)
  return user
}

export function createUser(user: z.infer<typeof newUser>): User {
  return unlessTaken(() =>
    row<User>(
      `INSERT INTO users (name, email, role, password) VALUES (?, ?, 'member', ?) RETURNING ${columns}`,
      user.name,
      user.email,
      hashPassword(user.password),
    )!,
  )
}

export function changeUser(id: number, changes: z.infer<typeof userChanges>): User {
  const changed = unlessTaken(() =>
    row<User>(
      `UPDATE users SET name = coalesce(?, name), email = coalesce(?, email), password = coalesce(?, password)
       WHERE id = ? RETURNING ${columns}`,
      changes.name ?? null,
      changes.email ?? null,
      changes.password === undefined ? null : hashPassword(changes.password),
      id,
    ),
  )
  if (!changed) throw notFound(`User ${id}`)
  return changed
}

export function deleteUser(id: number) {
  const db = database()
  db.exec('PRAGMA foreign_keys = ON')
  if (db.prepare('DELETE FROM users WHERE id = ?').run(id).changes === 0) throw notFound(`User ${id}`)
}

export function logIn({ email, password }: z.infer<typeof credentials>): User {
  const found = row<User & { password: string }>(`SELECT ${columns}, password FROM users WHERE email = ?`, email)
  // A hash is computed for an unknown address too, so that the time does not reveal it.
  const matches = passwordMatches(password, found?.password ?? `${'00'.repeat(16)}:${'00'.repeat(32)}`)
  if (!found || !matches) throw new HttpError(401, 'wrong_credentials', 'E-mail address or password is wrong.')
  const { password: _, ...user } = found
  return user
}

function unlessTaken<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && error.message.includes('UNIQUE constraint failed: users.email')) {
      throw conflict('A user with this e-mail address exists.')
    }
    throw error
  }
}
