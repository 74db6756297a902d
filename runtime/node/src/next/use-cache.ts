/**
 * Called by the code that the builder generates for functions with `'use cache'`; not for projects.
 */
export { useCache } from '../app/use_cache/use_cache.ts'
