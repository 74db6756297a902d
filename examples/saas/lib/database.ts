import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { env } from '@/lib/env'
import { seed } from '@/lib/seed'

const schema = `
  CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL CHECK (role IN ('member', 'admin')),
    password TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
  ) STRICT;
  CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0)
  ) STRICT;
  CREATE TABLE posts (
    year INTEGER NOT NULL,
    month INTEGER NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (year, month, slug)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE payments (
    event_id TEXT PRIMARY KEY,
    type TEXT NOT NULL,
    amount_cents INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
`

/** The database, opened once per process. It is in a global, so it survives a reload in development. */
const kept = globalThis as typeof globalThis & { saasDatabase?: DatabaseSync }

export function database(): DatabaseSync {
  return (kept.saasDatabase ??= open(resolve(env().DATABASE_FILE)))
}

/** Runs `work` in one transaction; writes of other workers wait until it ends. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

/** Returns the rows of a query. */
export function rows<T>(sql: string, ...values: SQLInputValue[]): T[] {
  return database().prepare(sql).all(...values) as T[]
}

/** Returns the first row of a query. */
export function row<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
  return database().prepare(sql).get(...values) as T | undefined
}

function open(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true })
  // Several workers write to the file: each waits for its turn instead of failing.
  const db = new DatabaseSync(file, { timeout: 10_000 })
  useWriteAheadLog(db)
  db.exec('PRAGMA synchronous = NORMAL')
  transaction(db, () => {
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    if (version > 0) return
    db.exec(schema)
    seed(db, env())
    db.exec('PRAGMA user_version = 1')
  })
  return db
}

/** Tries again while the file is locked: two workers may open a new file at the same moment. */
function useWriteAheadLog(db: DatabaseSync) {
  for (let attempt = 1; ; attempt++) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (attempt === 100) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}
