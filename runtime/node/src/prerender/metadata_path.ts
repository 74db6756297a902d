const texts = /^\/(?:robots(?:\.txt)?|manifest(?:\.webmanifest|\.json)?|favicon\.ico)$/
const elsewhere =
  /\/(?:sitemap(?:\.xml)?|icon\d?(?:-\w{6})?(?:\.(?:ico|jpe?g|png|svg))?|apple-icon\d?(?:-\w{6})?(?:\.(?:jpe?g|png))?|(?:opengraph|twitter)-image\d?(?:-\w{6})?(?:\.(?:jpe?g|png|gif))?)$/

/**
 * Whether a route has a path of metadata. Next.js evaluates the `GET` of such a route at build,
 * whether the handler asks for that or not, a `route.ts` with such a path included.
 * @param path of the route, as the manifest has it.
 */
export function isMetadataPath(path: string): boolean {
  const bare = path.replace('/[__metadata_id__]', '')
  return texts.test(bare) || elsewhere.test(bare)
}
