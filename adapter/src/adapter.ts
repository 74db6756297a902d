/**
 * The adapter that `next build` loads (`NEXT_ADAPTER_PATH`) when Millrace lets it compile routes.
 * It keeps the output apart from the project's own `.next`, and writes down which entries belong to
 * which routes.
 */
import { writeFileSync } from 'node:fs'
import type { NextAdapter } from 'next'
import {
  handedOverVersion,
  variables,
  type HandedOver,
  type HandedOverPage,
  type HandedOverRoute,
} from './handed_over.ts'
import { localised } from './locales.ts'
import { ownAdapter } from './own_adapter.ts'
import { pathOfPage } from './page_path.ts'
import { cachingOf, prerendersOf } from './prerenders.ts'

type Build = Parameters<NonNullable<NextAdapter['onBuildComplete']>>[0]
type Outputs = Build['outputs']
type Config = Build['config']
type RouteOutput = Outputs['appRoutes'][number] | Outputs['pagesApi'][number]
type PageOutput = Outputs['appPages'][number] | Outputs['pages'][number]

/**
 * The suffix of the additional path of React Server Components; the response of a route handler is
 * the same for both paths.
 */
const rscSuffix = '.rsc'

/** The path prefix at which clients fetch the properties of pages of the Pages Router. */
const dataPrefix = '/_next/data/'

const adapter: NextAdapter = {
  name: 'Millrace',

  modifyConfig(config, context) {
    const own = ownAdapter()
    if (own === null) return modified(config, context.phase)
    // What Millrace needs to serve the build comes last.
    return own.then(async (adapter) =>
      modified((await adapter.modifyConfig?.(config, context)) ?? config, context.phase),
    )
  },

  async onBuildComplete(build) {
    const output = process.env[variables.output]
    const own = await ownAdapter()
    if (output !== undefined)
      writeFileSync(output, JSON.stringify(handedOver(build, own?.name ?? null)))
    if (own?.onBuildComplete === undefined) return
    console.log(`  Running onBuildComplete from ${own.name}`)
    await own.onBuildComplete(build)
  },
}

function modified(config: Config, phase: string): Config {
  const distDir = process.env[variables.distDir]
  if (distDir === undefined) return config
  const moved = { ...config, distDir }
  if (phase !== 'phase-production-build') return moved
  // Responses made at build time are read from the folder; at run time Millrace's own cache
  // replaces the handlers. Millrace does not use a "standalone" folder, and does not check types.
  const { cacheHandler: _, ...rest } = moved
  return {
    ...rest,
    // Next.js initialises its own handlers for `'use cache'` only beside an object.
    cacheHandlers: {},
    ...(config.output === 'standalone' ? { output: undefined } : {}),
    ...deploymentOf(config),
    typescript: { ...config.typescript, ignoreBuildErrors: true },
  } as typeof config
}

function handedOver(build: Build, ownAdapter: string | null): HandedOver {
  const { outputs, config, nextVersion, buildId, distDir, repoRoot } = build
  const { basePath } = config
  const routes = [
    ...outputs.pagesApi.map((route) => routeOf(route, 'pages', basePath)),
    ...outputs.appRoutes
      .filter(({ pathname }) => !pathname.endsWith(rscSuffix))
      .map((route) => routeOf(route, 'app', basePath)),
  ]
  const pages = pagesOf(outputs, config).map(
    (page): HandedOverPage => ({ ...page, caching: cachingOf(page, build) }),
  )
  return {
    version: handedOverVersion,
    nextVersion,
    buildId,
    distDir,
    routes,
    pages,
    prerenders: prerendersOf(pages, build),
    ownAdapter,
    traced: tracedOf(outputs),
    tracingRoot: repoRoot,
  }
}

/** Returns the files that all functions of a build need at run time. */
function tracedOf(outputs: Outputs): Record<string, string> {
  const { pagesApi, appRoutes, appPages, pages, middleware } = outputs
  const functions = [...pagesApi, ...appRoutes, ...appPages, ...pages]
  return Object.assign({}, ...functions.map(({ assets }) => assets), middleware?.assets) as Record<
    string,
    string
  >
}

/**
 * Returns the `deploymentId` of a project that sets none, neither in its configuration nor in the
 * environment. With `useSkewCookie`, the project's host tells deployments apart.
 */
function deploymentOf(config: Config): { deploymentId?: string } {
  const deploymentId = process.env[variables.deploymentId]
  if (deploymentId === undefined || process.env['NEXT_DEPLOYMENT_ID'] === '') return {}
  if (config.deploymentId !== undefined || config.experimental?.useSkewCookie) return {}
  return { deploymentId }
}

/**
 * Describes each page once. `next build` hands over pages of the Pages Router for each locale, too;
 * the file of a static page is that of the default locale, beside which the others lie.
 */
function pagesOf(outputs: Outputs, { basePath, i18n }: Config): HandedOverPage[] {
  const { locales = [], defaultLocale } = i18n ?? {}
  const statics = outputs.staticFiles
    .filter(({ filePath }) => filePath.endsWith('.html'))
    .map((file) => staticPageOf(file, basePath))
    .flatMap((page) => {
      const { locale, path } = localised(page.pathname, locales)
      if (locale === null) return [page]
      return locale === defaultLocale ? [{ ...page, pathname: path, page: path }] : []
    })
  const isStatic = new Set(statics.map(({ pathname }) => pathname))
  return [
    ...outputs.appPages
      .filter(({ pathname }) => !pathname.endsWith(rscSuffix))
      .map((page) => pageOf(page, 'app-page', basePath)),
    ...outputs.pages
      .filter(({ pathname }) => !pathname.slice(basePath.length).startsWith(dataPrefix))
      .map((page) => pageOf(page, 'page', basePath))
      .filter(({ pathname }) => localised(pathname, locales).locale === null)
      .filter(({ pathname }) => !isStatic.has(pathname)),
    ...statics,
  ]
}

function pageOf(page: PageOutput, kind: HandedOverPage['kind'], basePath: string): HandedOverPage {
  const { runtime, filePath, sourcePage, config } = page
  const path = page.pathname.slice(basePath.length) || '/'
  return {
    pathname: kind === 'page' ? pathOfPage(path) : path,
    kind,
    runtime,
    file: filePath,
    maxDuration: config.maxDuration ?? null,
    page: kind === 'page' ? `/${sourcePage}` : sourcePage,
    caching: null,
  }
}

/** Describes a static page of the Pages Router, which has an HTML file and no entry. */
function staticPageOf(
  { pathname, filePath }: Outputs['staticFiles'][number],
  basePath: string,
): HandedOverPage {
  const path = pathOfPage(pathname.slice(basePath.length) || '/')
  return {
    pathname: path,
    kind: 'page',
    runtime: 'nodejs',
    file: filePath,
    maxDuration: null,
    page: path,
    caching: null,
  }
}

function routeOf(
  route: RouteOutput,
  kind: HandedOverRoute['kind'],
  basePath: string,
): HandedOverRoute {
  const { runtime, filePath, sourcePage, config } = route
  const pathname = route.pathname.slice(basePath.length) || '/'
  return {
    pathname,
    kind,
    runtime,
    file: filePath,
    maxDuration: config.maxDuration ?? null,
    page: sourcePage,
  }
}

export default adapter
