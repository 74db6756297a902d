import type { Route } from '../project/manifest.ts'

/** Begins the tags that stand for paths and files, as Next.js writes them into its caches. */
export const pathTagPrefix = '_N_T_'

const routeFile = /^(?:src\/)?app(\/.*)?\/route\.[^/]+$/

/**
 * The tags that all values of a request have without being told: those of the folders above its
 * route, of the route's file, and of the path itself. `revalidatePath` revalidates them.
 * @param path without basePath and query.
 */
export function implicitTags(route: Route, path: string): string[] {
  const tags = [`${pathTagPrefix}/layout`]
  // Groups, which are not in the path, are in the tags.
  const folder = routeFile.exec(route.file)?.[1] ?? (routeFile.test(route.file) ? '' : route.path)
  let above = ''
  for (const segment of folder.split('/').slice(1))
    tags.push(`${pathTagPrefix}${(above += `/${segment}`)}/layout`)
  tags.push(`${pathTagPrefix}${folder}/route`, `${pathTagPrefix}${path}`)
  return tags
}
