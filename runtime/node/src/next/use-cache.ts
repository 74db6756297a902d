/** What the builder makes functions with `'use cache'` call; not for projects. */
export { useCache } from '../app/use_cache/use_cache.ts'
