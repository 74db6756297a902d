/** The tag of a cached page, which adapter and worker must spell alike. */

/** Returns the tag of what the server has cached of a page, in all of its variants. */
export function pageTag(key: string): string {
  return `millrace-page ${key}`
}
