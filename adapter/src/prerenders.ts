/**
 * Describes what `next build` has prerendered: each variant of a page with the response that `next
 * start` would send for it, so that the server can respond without a worker.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import type { NextAdapter } from 'next'
import {
  interceptedPaths,
  routesManifestFile,
  shownPageField,
  type RoutesManifest,
} from '../../runtime/node/src/next_engine/interceptions.ts'
import { pageTag } from '../../runtime/node/src/next_engine/page_tag.ts'
import { uncached } from '../../runtime/node/src/next_engine/uncached.ts'
import type { HandedOverCaching, HandedOverPage, HandedOverPrerender } from './handed_over.ts'
import { localised } from './locales.ts'
import { isDynamic } from './page_path.ts'

type Build = Parameters<NonNullable<NextAdapter['onBuildComplete']>>[0]
type Output = Build['outputs']['prerenders'][number]

const dataPrefix = '/_next/data/'
const rscSuffix = '.rsc'
const segment = /^(.+)\.segments(\/.+)\.segment\.rsc$/
/** Reserved for the server: it keeps them to itself. */
const tagsField = 'x-next-cache-tags'
const notFoundPath = '/_not-found'
/** Of a page that has one path and no parts. */
const whole: HandedOverCaching = { dynamicParams: false, fallback: false, partial: false }

/** One of the forms in which clients ask for a page. */
interface Variant {
  /** See {@link HandedOverPrerender}. */
  readonly name: string
  readonly output: Output
}

/** Everything of one page's path. */
interface Group {
  /** Without `basePath` and locale. */
  readonly path: string
  /** Null for a page without locales. */
  readonly locale: string | null
  readonly html: Output
  readonly variants: readonly Variant[]
}

/** Returns how the responses of a page may be cached; null if not at all. */
export function cachingOf(page: HandedOverPage, build: Build): HandedOverCaching | null {
  if (page.runtime === 'edge') return null
  if (page.file.endsWith('.html')) return isDynamic(page.pathname) ? null : whole
  if (page.pathname === notFoundPath) return build.config.cacheComponents ? null : whole
  const outputs = build.outputs.prerenders.filter((output) => isOf(output, page, build))
  if (outputs.length === 0) return null
  const partial = outputs.some(isPartial)
  // Who gets no shell is the page's own matter then.
  if (partial && !hasUsualBots(build)) return null
  const modes = outputs.map(({ parentFallbackMode }) => parentFallbackMode)
  return {
    dynamicParams: !modes.includes(false),
    fallback: !partial && modes.some((mode) => typeof mode === 'string'),
    partial,
  }
}

/** Returns the responses that were made at build time, of pages whose responses may be cached. */
export function prerendersOf(
  pages: readonly HandedOverPage[],
  build: Build,
): readonly HandedOverPrerender[] {
  const responses = new Responses(build, pages)
  return pages.flatMap((page) => {
    if (page.caching === null) return []
    if (page.file.endsWith('.html')) return responses.ofStaticPage(page)
    const groups = page.pathname === notFoundPath ? notFoundOf(page, build) : groupsOf(page, build)
    return groups.flatMap((group) =>
      group.variants.map((variant) => responses.of(page, group, variant)),
    )
  })
}

/** Whether Next.js takes the same clients for crawlers as ever. */
function hasUsualBots(build: Build): boolean {
  const given: unknown = build.config.htmlLimitedBots
  const { HTML_LIMITED_BOT_UA_RE: usual } = partOfNext<{ HTML_LIMITED_BOT_UA_RE: RegExp }>(
    build,
    'shared/lib/router/utils/html-bots',
  )
  return !given || (given instanceof RegExp ? given.source : given) === usual.source
}

/** A module of the project's own Next.js. */
function partOfNext<T>({ projectDir }: Build, name: string): T {
  return createRequire(join(projectDir, 'package.json'))(`next/dist/${name}`) as T
}

function isOf({ route }: Output, { pathname, kind }: HandedOverPage, { config }: Build): boolean {
  const plain = (path: string): string =>
    kind === 'page' ? localised(path, config.i18n?.locales ?? []).path : path
  return plain(route.slice(config.basePath.length) || '/') === pathname || plain(route) === pathname
}

/** Whether parts of the page are rendered for each request. */
function isPartial({ pprChain, config, fallback }: Output): boolean {
  return (
    pprChain !== undefined ||
    config.renderingMode === 'PARTIALLY_STATIC' ||
    fallback?.postponedState !== undefined
  )
}

function groupsOf(page: HandedOverPage, build: Build): Group[] {
  const { basePath, i18n } = build.config
  const locales = page.kind === 'page' ? (i18n?.locales ?? []) : []
  const byGroup = new Map<number, Output[]>()
  for (const output of build.outputs.prerenders) {
    if (!isOf(output, page, build) || output.fallback?.filePath === undefined) continue
    byGroup.set(output.groupId, [...(byGroup.get(output.groupId) ?? []), output])
  }
  return [...byGroup.values()].flatMap((outputs) => {
    const variants = outputs.map((output) => ({ name: variantOf(output, basePath), output }))
    const html = variants.find(({ name }) => name === '')?.output
    // A shell stands for paths that are rendered when they are asked for.
    if (html === undefined) return []
    const { path, locale } = localised(html.pathname.slice(basePath.length) || '/', locales)
    if (isDynamic(path)) return []
    return [
      {
        path,
        locale,
        html,
        variants: variants.filter(({ name }) => !isPartial(html) || isOfShell(name)),
      },
    ]
  })
}

/**
 * The page of a 404 of the App Router, which Next.js prerenders for every app without handing it
 * over.
 */
function notFoundOf(page: HandedOverPage, { distDir }: Build): Group[] {
  const owner = createHash('sha256').update(page.page).digest('hex')
  const file = join(distDir, 'server/route-cache/APP_PAGE', owner, '$', notFoundPath)
  const meta = `${file}.meta`
  if (!existsSync(meta)) return []
  const { headers = {}, status = 404 } = JSON.parse(readFileSync(meta, 'utf8')) as {
    headers?: Record<string, string>
    status?: number
  }
  const outputOf = (suffix: string, type: string): Output =>
    ({
      pathname: `${notFoundPath}${suffix}`,
      fallback: {
        filePath: `${file}${suffix === '' ? '.html' : suffix}`,
        initialStatus: status,
        initialHeaders: { ...headers, 'content-type': type },
        initialRevalidate: false,
      },
    }) as unknown as Output
  const html = outputOf('', 'text/html; charset=utf-8')
  const rsc = outputOf(rscSuffix, 'text/x-component')
  const variants = [
    { name: '', output: html },
    { name: 'rsc', output: rsc },
  ].filter(({ output }) => existsSync(output.fallback!.filePath!))
  return [{ path: notFoundPath, locale: null, html, variants }]
}

/** Whether a variant of a page with parts is the same for everybody. */
function isOfShell(variant: string): boolean {
  return variant === '' || variant.startsWith('segment:')
}

function variantOf({ pathname }: Output, basePath: string): string {
  const path = pathname.slice(basePath.length)
  if (path.startsWith(dataPrefix)) return 'data'
  const name = segment.exec(path)?.[2]
  if (name !== undefined) return `segment:${name}`
  return path.endsWith(rscSuffix) ? 'rsc' : ''
}

/** Puts the responses of a build together. */
class Responses {
  readonly #build: Build
  readonly #notFound: string
  #etagOfText: ((text: string) => string) | undefined
  #intercepted: readonly RegExp[] | undefined

  constructor(build: Build, pages: readonly HandedOverPage[]) {
    this.#build = build
    // As the builder chooses it.
    this.#notFound = pages.some(({ pathname }) => pathname === notFoundPath) ? notFoundPath : '/404'
  }

  /** The page in each locale. */
  ofStaticPage(page: HandedOverPage): HandedOverPrerender[] {
    return this.#filesOf(page).map(({ locale, file }) => ({
      page: page.pathname,
      path: page.pathname,
      variant: '',
      locale,
      status: statusOf(page.pathname),
      fields: linesOf([
        ['content-type', 'text/html; charset=utf-8'],
        ...this.#common(file, ''),
        ...(page.pathname === this.#notFound ? this.#error(page) : []),
        ['x-millrace-revalidate', 'false'],
        ['x-millrace-cache', 'unnamed'],
      ]),
      file,
      postponed: null,
    }))
  }

  #filesOf({ file }: HandedOverPage): { readonly locale: string | null; readonly file: string }[] {
    const { config, distDir } = this.#build
    const folder = join(distDir, 'server/pages')
    const { i18n } = config
    if (!i18n) return [{ locale: null, file }]
    const { path } = localised(`/${relative(folder, file).replace(/\.html$/, '')}`, i18n.locales)
    return i18n.locales
      .map((locale) => {
        const name = path === '/' ? `${locale}.html` : `${locale}${path}.html`
        return { locale, file: join(folder, name) }
      })
      .filter((one) => existsSync(one.file))
  }

  of(page: HandedOverPage, group: Group, { name, output }: Variant): HandedOverPrerender {
    const { filePath, initialStatus, initialHeaders = {}, postponedState } = output.fallback!
    const file = filePath!
    const isApp = page.kind === 'app-page'
    const { [tagsField]: tags, vary: _, ...rest } = initialHeaders
    if (name === '' && postponedState !== undefined) {
      return {
        page: page.pathname,
        path: group.path,
        variant: name,
        locale: group.locale,
        status: initialStatus ?? 200,
        fields: linesOf([
          ['vary', this.#vary(group.path)],
          ...Object.entries({ ...rest, 'x-nextjs-postponed': '1' }),
          ...this.#poweredBy(),
          ['cache-control', uncached],
          ...this.#caching(group, String(tags ?? '')),
        ]),
        file,
        postponed: postponedState,
      }
    }
    return {
      page: page.pathname,
      path: group.path,
      variant: name,
      locale: group.locale,
      status: initialStatus ?? statusOf(page.pathname),
      fields: linesOf([
        ...(isApp ? this.#appFields(group.path, name, rest) : Object.entries(rest)),
        ...(name === 'data' ? this.#matched(page.pathname, group.locale) : []),
        ...this.#common(file, name),
        ...this.#deployment(name),
        ...this.#error(page),
        ...this.#caching(group, String(tags ?? '')),
      ]),
      file,
      postponed: null,
    }
  }

  /** Without a middleware, Next.js names dynamic pages only. */
  #matched(pathname: string, locale: string | null): [string, string][] {
    if (this.#build.outputs.middleware === undefined && !pathname.includes('[')) return []
    const path = locale === null ? pathname : `/${locale}${pathname === '/' ? '' : pathname}`
    return [['x-nextjs-matched-path', path]]
  }

  #vary(path: string): string {
    this.#intercepted ??= interceptedPaths(
      JSON.parse(
        readFileSync(join(this.#build.distDir, routesManifestFile), 'utf8'),
      ) as RoutesManifest,
    )
    const isIntercepted = this.#intercepted.some((pattern) => pattern.test(path))
    return `rsc, next-router-state-tree, next-router-prefetch, next-router-segment-prefetch${isIntercepted ? `, ${shownPageField}` : ''}`
  }

  #poweredBy(): [string, string][] {
    return this.#build.config.poweredByHeader ? [['x-powered-by', 'Next.js']] : []
  }

  #appFields(
    path: string,
    variant: string,
    headers: Readonly<Record<string, string | string[]>>,
  ): [string, string | string[]][] {
    const fields: [string, string | string[]][] = [
      ['vary', this.#vary(path)],
      ['x-nextjs-prerender', '1'],
    ]
    if (!variant.startsWith('segment:')) return [...fields, ...Object.entries(headers)]
    // Of a segment, Next.js sends none of the page's own.
    return [
      ...fields,
      ['x-nextjs-postponed', '2'],
      ['content-type', headers['content-type'] ?? 'text/x-component'],
    ]
  }

  /** Next.js sends an ETag with texts only; payloads and segments are bytes to it. */
  #common(file: string, variant: string): [string, string][] {
    const isText = variant === '' || variant === 'data'
    return [
      ...(variant === '' ? this.#poweredBy() : []),
      ...(isText && this.#build.config.generateEtags ? [etagField(this.#etagOf(file))] : []),
    ]
  }

  /** As Next.js itself computes it. */
  #etagOf(file: string): string {
    this.#etagOfText ??= partOfNext<{ generateETag: (text: string) => string }>(
      this.#build,
      'server/lib/etag',
    ).generateETag
    return this.#etagOfText(readFileSync(file, 'utf8'))
  }

  /** No cache may keep the pages of errors. */
  #error({ pathname, kind }: HandedOverPage): [string, string][] {
    const isError = pathname === this.#notFound || (kind === 'page' && statusOf(pathname) !== 200)
    return isError ? [['cache-control', uncached]] : []
  }

  /** By which a client finds out that it is of another deployment. */
  #deployment(variant: string): [string, string][] {
    const { deploymentId } = this.#build.config
    return variant !== '' && deploymentId ? [['x-nextjs-deployment-id', deploymentId]] : []
  }

  #caching({ path, locale, html }: Group, tags: string): [string, string][] {
    const { filePath, initialRevalidate, initialExpiration } = html.fallback!
    const all = [...tags.split(',').filter(Boolean), pageTag(cacheKeyOf(path, locale, filePath!))]
    return [
      ['x-millrace-revalidate', String(initialRevalidate ?? false)],
      ...(initialExpiration === undefined ? [] : [expireField(initialExpiration)]),
      ['x-millrace-tags', all.map(encodeURIComponent).join(',')],
    ]
  }
}

function etagField(etag: string): [string, string] {
  return ['etag', etag]
}

function expireField(seconds: number): [string, string] {
  return ['x-millrace-expire', String(seconds)]
}

/** Returns the key of a page in Next.js's cache, by its path, locale and the file of its HTML. */
function cacheKeyOf(path: string, locale: string | null, file: string): string {
  const at = file.lastIndexOf('/server/route-cache/')
  const localisedPath = locale === null ? path : `/${locale}${path === '/' ? '' : path}`
  return at < 0 ? localisedPath : file.slice(at + '/server'.length).replace(/\.html$/, '')
}

function statusOf(path: string): number {
  return Number(/^\/([45]\d\d)$/.exec(path)?.[1] ?? 200)
}

function linesOf(fields: readonly (readonly [string, string | readonly string[]])[]): string {
  return fields
    .flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`))
    .join('')
}
