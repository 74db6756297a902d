const texts = /^\/(?:robots(?:\.txt)?|manifest(?:\.webmanifest|\.json)?|favicon\.ico)$/
const elsewhere =
  /\/(?:sitemap(?:\.xml)?|icon\d?(?:-\w{6})?(?:\.(?:ico|jpe?g|png|svg))?|apple-icon\d?(?:-\w{6})?(?:\.(?:jpe?g|png))?|(?:opengraph|twitter)-image\d?(?:-\w{6})?(?:\.(?:jpe?g|png|gif))?)$/

/**
 * Whether a route's path is that of a metadata file. Next.js evaluates the `GET` of such a route at
 * build time whether or not the handler is static, also that of a `route.ts` with such a path.
 * @param path of the route, as in the manifest.
 */
export function isMetadataPath(path: string): boolean {
  const bare = path.replace('/[__metadata_id__]', '')
  return texts.test(bare) || elsewhere.test(bare)
}
