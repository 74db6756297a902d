import { row, rows } from '@/lib/database'
import { notFound } from '@/lib/errors'

/** @typedef {{ path: string, title: string, body: string }} Post */

const columns = "printf('%04d/%02d/%s', year, month, slug) AS path, title"

/** Returns the posts of a year, or of one of its months. */
export function listPosts(/** @type {number} */ year, /** @type {number | undefined} */ month) {
  return /** @type {Omit<Post, 'body'>[]} */ (
    rows(`SELECT ${columns} FROM posts WHERE year = ?1 AND (?2 IS NULL OR month = ?2) ORDER BY month, slug`, year, month ?? null)
  )
}

/** Returns one post with its text. */
export function getPost(/** @type {number} */ year, /** @type {number} */ month, /** @type {string} */ slug) {
  const post = /** @type {Post | undefined} */ (
    row(`SELECT ${columns}, body FROM posts WHERE year = ? AND month = ? AND slug = ?`, year, month, slug)
  )
  if (!post) throw notFound(`Post ${year}/${month}/${slug}`)
  return post
}
