/**
 * The pages of a project as routes of the manifest: what `next build` has handed over, with the
 * source file and the parameters of each.
 */
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HandedOver, HandedOverPage } from '../../../adapter/src/handed_over.ts'
import type { RouteParameter } from '../../../runtime/node/src/project/manifest.ts'
import type { BuildRequest, PageRoute, PagesOutput } from '../bundle/types.ts'

/** In the order in which the first that exists stands for paths that nothing is for. */
const notFoundPaths = ['/_not-found', '/404', '/_error']
const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/**
 * Describes the pages of a build.
 * @throws Error where `next build` has handed over no page for a 404, which it always has.
 */
export function pagesOf(request: BuildRequest, handed: HandedOver): PagesOutput {
  const routes = handed.pages.map((page) => routeOf(request, page))
  const notFound = notFoundPaths
    .map((path) => routes.findIndex((route) => route.path === path))
    .find((place) => place >= 0)
  if (notFound === undefined)
    throw new Error('`next build` has handed over no page for paths that nothing is for.')
  return { buildId: handed.buildId, routes, notFound }
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

/** The source file, relative to the project; the package's own page where there is none. */
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

/** The dynamic segments of a path, in its order. */
function parametersOf(path: string): RouteParameter[] {
  return path.split('/').flatMap((segment) => {
    const [, optional, rest, name] = parameter.exec(segment) ?? []
    if (name === undefined) return []
    const kind =
      rest === undefined ? 'single' : optional === undefined ? 'catch-all' : 'optional-catch-all'
    return [{ name, kind } as const]
  })
}
