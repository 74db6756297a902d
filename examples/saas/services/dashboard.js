import { row } from '@/lib/database'

/** Returns the figures for administrators. */
export function figures() {
  return row(`SELECT
    (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM products) AS products,
    (SELECT count(*) FROM posts) AS posts,
    (SELECT coalesce(sum(amount_cents), 0) FROM payments) AS revenueCents`)
}
