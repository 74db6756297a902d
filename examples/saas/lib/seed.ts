import type { DatabaseSync } from 'node:sqlite'
import { hashPassword } from '@/lib/passwords'

/** Fills a new database. */
export function seed(db: DatabaseSync, admin: { ADMIN_EMAIL: string; ADMIN_PASSWORD: string }) {
  const user = db.prepare('INSERT INTO users (name, email, role, password) VALUES (?, ?, ?, ?)')
  user.run('Admin', admin.ADMIN_EMAIL, 'admin', hashPassword(admin.ADMIN_PASSWORD))
  user.run('Ada Lovelace', 'ada@example.com', 'member', hashPassword('analytical-engine'))
  user.run('Grace Hopper', 'grace@example.com', 'member', hashPassword('nanoseconds-of-wire'))

  const product = db.prepare('INSERT INTO products (name, price_cents) VALUES (?, ?)')
  product.run('Starter', 900)
  product.run('Team', 4900)
  product.run('Enterprise', 49900)

  const post = db.prepare('INSERT INTO posts (year, month, slug, title, body) VALUES (?, ?, ?, ?, ?)')
  post.run(2025, 11, 'hello-world', 'Hello, world', 'The first post.')
  post.run(2026, 1, 'new-year', 'A new year', 'What we plan.')
  post.run(2026, 1, 'pricing', 'New prices', 'They are lower.')
}
