import { setTimeout as wait } from 'node:timers/promises'
import { database, row, rows } from '@/lib/database'

export interface Event {
  id: number
  type: string
  data: string
}

/** Stores an event in the database, so that listeners in all workers receive it. */
export function publish(type: string, data: unknown) {
  database().prepare('INSERT INTO events (type, data) VALUES (?, ?)').run(type, JSON.stringify(data))
}

/** Returns the number of the newest event. */
export const newestEvent = () => row<{ id: number }>('SELECT coalesce(max(id), 0) AS id FROM events')?.id ?? 0

/** Yields all stored and future events after `id`, until the signal aborts. */
export async function* eventsAfter(id: number, signal: AbortSignal): AsyncGenerator<Event> {
  while (!signal.aborted) {
    for (const event of rows<Event>('SELECT id, type, data FROM events WHERE id > ? ORDER BY id LIMIT 100', id)) {
      yield event
      id = event.id
    }
    await wait(200, undefined, { signal }).catch(() => {})
  }
}
