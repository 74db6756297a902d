/**
 * Turns the pages of a project into routes of the manifest: those that `next build` provides, each
 * with its source file and parameters.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type {
  HandedOver,
  HandedOverPage,
  HandedOverPrerender,
} from '../../../adapter/src/handed_over.ts'
import {
  interceptionRewrites,
  routesManifestFile,
  type RoutesManifest,
} from '../../../runtime/node/src/next_engine/interceptions.ts'
import type { RouteParameter } from '../../../runtime/node/src/project/manifest.ts'
import type { BuildRequest, PageRoute, PagesOutput, PrerenderedPage } from '../bundle/types.ts'
import { imagesOf } from './images.ts'
import type { GivenRule } from '../rules/check.ts'
import { writeEdgeEntry } from './edge_entry.ts'
import { entriesWithActions } from './server_actions.ts'
import { compileInterceptions } from '../rules/rules.ts'

/** The first of these that exists is the page for paths that match no route. */
const notFoundPaths = ['/_not-found', '/404', '/_error']
const usualExtensions = ['tsx', 'ts', 'jsx', 'js']

/**
 * Describes the pages of a build.
 * @throws Error if `next build` provides no page for a 404, which it always does.
 */
export function pagesOf(request: BuildRequest, handed: HandedOver): PagesOutput {
  const withActions = entriesWithActions(handed.distDir)
  const routes = pagesToServe(handed).map((page, number) => {
    const hasActions = page.kind === 'app-page' && withActions.has(`app${page.page}`)
    if (page.runtime !== 'edge') return routeOf(request, page, hasActions)
    const file = writeEdgeEntry(request.root, handed, page, `page-${number}`)
    return routeOf(request, { ...page, file }, hasActions)
  })
  const notFound = notFoundPaths
    .map((path) => routes.findIndex((route) => route.path === path))
    .find((place) => place >= 0)
  if (notFound === undefined)
    throw new Error('`next build` provides no page for paths that match no route.')
  const numbers = new Map(routes.map(({ path }, number) => [path, number]))
  const prerendered = handed.prerenders.flatMap((response, index) => {
    const route = numbers.get(response.page)
    if (route === undefined) return []
    return [prerenderedOf(request, route, withState(request, response, index))]
  })
  const interceptions = compileInterceptions(interceptionsOf(handed))
  const pages = { buildId: handed.buildId, routes, notFound, prerendered, interceptions }
  const found = imagesOf(request.outdir, handed)
  return found === null
    ? pages
    : { ...pages, routes: [...routes, found.route], images: found.images }
}

/**
 * Leaves out files that `next build` makes and `next start` does not use: `/404` of projects
 * without a Pages Router, which is made of the App Router's page, and `/500` where the project has
 * no page of that name and the App Router.
 */
function pagesToServe({ pages, distDir }: HandedOver): readonly HandedOverPage[] {
  const used = pathsOfPages(distDir)
  const has = (path: string): boolean => pages.some(({ pathname }) => pathname === path)
  const leftOut = [
    ...(!has('/_error') && has('/_not-found') ? ['/404'] : []),
    ...(has('/_error') && !used.some((path) => path.endsWith('/500')) ? ['/500'] : []),
  ]
  return pages.filter(({ pathname }) => !leftOut.includes(pathname))
}

/** Returns the paths of the pages that `next start` has for the Pages Router, with locales. */
function pathsOfPages(distDir: string): readonly string[] {
  const file = join(distDir, 'server/pages-manifest.json')
  if (!existsSync(file)) return []
  return Object.keys(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
}

function interceptionsOf({ distDir }: HandedOver): GivenRule[] {
  const text = readFileSync(join(distDir, routesManifestFile), 'utf8')
  return interceptionRewrites(JSON.parse(text) as RoutesManifest).map(
    ({ regex: _, ...rule }) => rule,
  )
}

function routeOf(request: BuildRequest, page: HandedOverPage, hasActions: boolean): PageRoute {
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
    ...(hasActions ? { actions: true } : {}),
    ...(page.caching === null ? {} : { cached: page.caching }),
  }
}

/** @param route the index of the response's page among those that are served. */
function prerenderedOf(
  { outdir }: BuildRequest,
  route: number,
  { page, path, variant, locale, status, fields, file }: HandedOverPrerender,
): PrerenderedPage {
  return {
    route,
    parameters: parametersIn(path, page),
    variant,
    ...(locale === null ? {} : { locale }),
    status,
    fields,
    body: relative(outdir, file),
  }
}

/** The body of a page with parts: its shell, and behind it what the rest is rendered with. */
function withState(
  { outdir }: BuildRequest,
  response: HandedOverPrerender,
  index: number,
): HandedOverPrerender {
  if (response.postponed === null) return response
  const shell = readFileSync(response.file)
  const folder = join(outdir, 'shells')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${index}.body`)
  writeFileSync(file, Buffer.concat([shell, Buffer.from(response.postponed)]))
  return { ...response, file, fields: `${response.fields}x-millrace-shell: ${shell.length}\r\n` }
}

/** The values of a route's parameters in a path, as the link carries them. */
function parametersIn(path: string, route: string): string {
  const segments = path.split('/')
  return route
    .split('/')
    .flatMap((segment, place) => {
      const [, , rest, name] = parameter.exec(segment) ?? []
      if (name === undefined) return []
      const values = rest === undefined ? segments.slice(place, place + 1) : segments.slice(place)
      return [values.map(escaped).join('/')]
    })
    .join(' ')
}

/** Next.js writes paths of the App Router escaped and those of the Pages Router as they are. */
function escaped(segment: string): string {
  try {
    return encodeURIComponent(decodeURIComponent(segment))
  } catch {
    return encodeURIComponent(segment)
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
