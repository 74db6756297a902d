import { row } from '@/lib/database'

/** The figures an administrator sees. */
export function figures() {
  return row(`SELECT
    (SELECT count(*) FROM users) AS users,
    (SELECT count(*) FROM products) AS products,
    (SELECT count(*) FROM posts) AS posts,
    (SELECT coalesce(sum(amount_cents), 0) FROM payments) AS revenueCents`)
}
