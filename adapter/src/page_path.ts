/**
 * The paths of pages of the Pages Router. `next build` hands over the names of their files: the
 * home page is `/index`, and a page at `/index` is `/index/index`.
 */

const dynamicSegment = /\/\[[^/]+\](?=\/|$)/

/** Whether a path of a page has parameters. */
export function isDynamic(path: string): boolean {
  return dynamicSegment.test(path)
}

/** Returns the path at which a page is served, without `basePath`. */
export function pathOfPage(name: string): string {
  if (name === '/index') return '/'
  return name.startsWith('/index/') && !isDynamic(name) ? name.slice('/index'.length) : name
}
