import type { Route } from '../project/manifest.ts'

/** The prefix of tags that stand for paths and files in Next.js's caches. */
export const pathTagPrefix = '_N_T_'

const routeFile = /^(?:src\/)?app(\/.*)?\/route\.[^/]+$/

/**
 * Returns the tags that every cached value of a request has implicitly: those of the folders above
 * its route, of the route's file, and of the path. `revalidatePath` revalidates them.
 * @param path without basePath and query.
 */
export function implicitTags(route: Route, path: string): string[] {
  const tags = [`${pathTagPrefix}/layout`]
  // Route groups are not part of the path, but of the tags.
  const folder = routeFile.exec(route.file)?.[1] ?? (routeFile.test(route.file) ? '' : route.path)
  let above = ''
  for (const segment of folder.split('/').slice(1))
    tags.push(`${pathTagPrefix}${(above += `/${segment}`)}/layout`)
  tags.push(`${pathTagPrefix}${folder}/route`, `${pathTagPrefix}${path}`)
  return tags
}
