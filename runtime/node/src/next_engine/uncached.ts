/** The `Cache-Control` of responses that no cache may store, as Next.js sends it. */
export const uncached = 'private, no-cache, no-store, max-age=0, must-revalidate'
