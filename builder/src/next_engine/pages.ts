/**
 * Turns the pages of a project into routes of the manifest: those that `next build` provides, each
 * with its source file and parameters.
 */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HandedOver, HandedOverPage } from '../../../adapter/src/handed_over.ts'
import type { RouteParameter } from '../../../runtime/node/src/project/manifest.ts'
import type { BuildRequest, PageRoute, PagesOutput } from '../bundle/types.ts'
import { imagesOf } from './images.ts'

/** The first of these that exists is the page for paths that match no route. */
const notFoundPaths = ['/_not-found', '/404', '/_error']
const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/**
 * Describes the pages of a build.
 * @throws Error if `next build` provides no page for a 404, which it always does.
 */
export function pagesOf(request: BuildRequest, handed: HandedOver): PagesOutput {
  const routes = handed.pages.map((page) => routeOf(request, page))
  const notFound = notFoundPaths
    .map((path) => routes.findIndex((route) => route.path === path))
    .find((place) => place >= 0)
  if (notFound === undefined)
    throw new Error('`next build` provides no page for paths that match no route.')
  const found = imagesOf(request.outdir, handed)
  if (found === null) return { buildId: handed.buildId, routes, notFound }
  const { route, images } = found
  return { buildId: handed.buildId, routes: [...routes, route], notFound, images }
}

function routeOf(request: BuildRequest, page: HandedOverPage): PageRoute {
  const { pathname, kind, file, maxDuration } = page
  return {
    path: pathname,
    kind,
    file: sourceOf(request, page),
    parameters: parametersOf(pathname),
    module: relative(request.outdir, file),
    methods: null,
    options: maxDuration === null ? {} : { maxDuration },
    engine: 'next',
  }
}

/**
 * Returns the source file, relative to the project; that of the package if the project has none.
 */
function sourceOf({ root, config }: BuildRequest, { kind, page }: HandedOverPage): string {
  const router = kind === 'page' ? 'pages' : 'app'
  for (const folder of [router, `src/${router}`]) {
    for (const extension of config.pageExtensions ?? usualExtensions) {
      for (const name of [page, `${page === '/' ? '' : page}/index`]) {
        const file = `${folder}${name}.${extension}`
        if (existsSync(join(root, file))) return file
      }
    }
  }
  return `node_modules/next${page}`
}

const parameter = /^\[(\[)?(\.\.\.)?([^\]]+)\]?\]$/

/** Returns the dynamic segments of a path, in its order. */
function parametersOf(path: string): RouteParameter[] {
  return path.split('/').flatMap((segment) => {
    const [, optional, rest, name] = parameter.exec(segment) ?? []
    if (name === undefined) return []
    const kind =
      rest === undefined ? 'single' : optional === undefined ? 'catch-all' : 'optional-catch-all'
    return [{ name, kind } as const]
  })
}
