/**
 * The adapter that `next build` loads (`NEXT_ADAPTER_PATH`) when Millrace has it compile routes: it
 * moves what Next.js writes out of the way of the project's own `.next`, and writes down which
 * entries answer which routes.
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

type Outputs = Parameters<NonNullable<NextAdapter['onBuildComplete']>>[0]['outputs']
type RouteOutput = Outputs['appRoutes'][number] | Outputs['pagesApi'][number]
type PageOutput = Outputs['appPages'][number] | Outputs['pages'][number]

/**
 * What a route of React Server Components is asked for beside its own path; route handlers answer
 * the same for both.
 */
const rscSuffix = '.rsc'

/** Where clients fetch the properties of pages of the Pages Router. */
const dataPrefix = '/_next/data/'

const adapter: NextAdapter = {
  name: 'Millrace',

  modifyConfig(config, { phase }) {
    const distDir = process.env[variables.distDir]
    if (distDir === undefined) return config
    const moved = { ...config, distDir }
    if (phase !== 'phase-production-build') return moved
    // Answers made at build are read from the folder; at run time Millrace's own cache takes their
    // place. Nobody serves a folder "standalone" here, and types are not checked, as Millrace
    // checks them nowhere.
    const { cacheHandler: _, cacheHandlers: __, ...rest } = moved
    return {
      ...rest,
      ...(config.output === 'standalone' ? { output: undefined } : {}),
      typescript: { ...config.typescript, ignoreBuildErrors: true },
    } as typeof config
  },

  onBuildComplete({ outputs, config, nextVersion, buildId, distDir }) {
    const output = process.env[variables.output]
    if (output === undefined) return
    const routes = [
      ...outputs.pagesApi.map((route) => handedOver(route, 'pages', config.basePath)),
      ...outputs.appRoutes
        .filter(({ pathname }) => !pathname.endsWith(rscSuffix))
        .map((route) => handedOver(route, 'app', config.basePath)),
    ]
    const { basePath } = config
    const pages = [
      ...outputs.appPages
        .filter(({ pathname }) => !pathname.endsWith(rscSuffix))
        .map((page) => pageOf(page, 'app-page', basePath)),
      ...outputs.pages
        .filter(({ pathname }) => !pathname.slice(basePath.length).startsWith(dataPrefix))
        .map((page) => pageOf(page, 'page', basePath)),
      ...outputs.staticFiles
        .filter(({ filePath }) => filePath.endsWith('.html'))
        .map((file) => staticPageOf(file, basePath)),
    ]
    const all: HandedOver = {
      version: handedOverVersion,
      nextVersion,
      buildId,
      distDir,
      routes,
      pages,
    }
    writeFileSync(output, JSON.stringify(all))
  },
}

function pageOf(page: PageOutput, kind: HandedOverPage['kind'], basePath: string): HandedOverPage {
  const { runtime, filePath, sourcePage, config } = page
  return {
    pathname: page.pathname.slice(basePath.length) || '/',
    kind,
    runtime,
    file: filePath,
    maxDuration: config.maxDuration ?? null,
    page: kind === 'page' ? `/${sourcePage}` : sourcePage,
  }
}

/** A static page of the Pages Router: `next build` leaves its HTML and no entry. */
function staticPageOf(
  { pathname, filePath }: Outputs['staticFiles'][number],
  basePath: string,
): HandedOverPage {
  const path = pathname.slice(basePath.length) || '/'
  return {
    pathname: path,
    kind: 'page',
    runtime: 'nodejs',
    file: filePath,
    maxDuration: null,
    page: path,
  }
}

function handedOver(
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
