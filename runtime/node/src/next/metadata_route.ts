/**
 * What the builder's modules for metadata files are made of: `GET` handlers around what such a file
 * exports. No module of Next.js; the builder alone imports it.
 */
import {
  manifestText,
  robotsText,
  sitemapText,
  type Robots,
  type SitemapEntry,
} from '../app/metadata_text.ts'
import { Response } from '../web/response.ts'

/** What a handler gets beside the request. */
interface HandlerContext {
  readonly params: Promise<Record<string, string | string[]>> | undefined
}

type Get = (request: unknown, context: HandlerContext) => Promise<unknown>

/** A handler for one of many, and what makes the list of them at build. */
interface ListedRoute {
  readonly GET: Get
  readonly generateStaticParams: (given?: { params?: unknown }) => Promise<{ [idName]: string }[]>
}

/** How the texts are made, and their types. */
const texts = {
  robots: { type: 'text/plain', make: (data: unknown) => robotsText(data as Robots) },
  sitemap: {
    type: 'application/xml',
    make: (data: unknown) => sitemapText(data as SitemapEntry[]),
  },
  manifest: { type: 'application/manifest+json', make: manifestText },
}

const idName = '__metadata_id__'
const kept = 'public, max-age=0, must-revalidate'

/**
 * For `robots`, `manifest`, and a `sitemap` that is one. @throws Error where `file` has no default
 * export.
 */
export function textRoute(handler: unknown, file: string, kind: keyof typeof texts): Get {
  const make = checked(handler, file)
  return async () => answerWith(kind, await make())
}

/** For a `sitemap` with `generateSitemaps`. @throws Error where `file` has no default export. */
export function sitemapsRoute(
  handler: unknown,
  file: string,
  generateSitemaps: unknown,
): ListedRoute {
  const make = checked(handler, file)
  const list = (): Promise<Listed[]> => listOf(generateSitemaps as Make, 'generateSitemaps')
  return {
    async GET(_request, { params }) {
      const asked = String((await params)?.[idName])
      const id = asked.endsWith('.xml') ? asked.slice(0, -'.xml'.length) : undefined
      const known = (await list()).some((item) => item.id.toString() === id)
      return known ? answerWith('sitemap', await make({ id: Promise.resolve(id) })) : notFound()
    },
    generateStaticParams: async () => (await list()).map(({ id }) => ({ [idName]: `${id}.xml` })),
  }
}

/** For a picture that a function draws. @throws Error where `file` has no default export. */
export function imageRoute(handler: unknown, file: string): Get {
  const draw = checked(handler, file)
  return async (_request, { params }) => draw({ params: params ?? Promise.resolve(undefined) })
}

/** For pictures with `generateImageMetadata`. @throws Error where `file` has no default export. */
export function imagesRoute(
  handler: unknown,
  file: string,
  generateImageMetadata: unknown,
): ListedRoute {
  const draw = checked(handler, file)
  const list = (params: unknown): Promise<Listed[]> =>
    listOf(generateImageMetadata as Make, 'generateImageMetadata', { params })
  return {
    async GET(_request, { params }) {
      const { [idName]: asked, ...others } = (await params) ?? {}
      const found = (await list(others)).find((item) => item.id.toString() === asked)
      return found === undefined
        ? notFound()
        : draw({ params: Promise.resolve(others), id: Promise.resolve(asked) })
    },
    generateStaticParams: async (given) =>
      (await list(given?.params)).map(({ id }) => ({ [idName]: id.toString() })),
  }
}

/** For a file that is sent as it is. */
export function fileRoute(bytes: Uint8Array, type: string, development: boolean): () => Response {
  const headers = {
    'Content-Type': type,
    'Cache-Control': development ? 'no-cache, no-store' : kept,
  }
  return () => new Response(bytes as Uint8Array<ArrayBuffer>, { headers })
}

interface Listed {
  readonly id: string | number
}

type Make = (given?: unknown) => unknown

function checked(handler: unknown, file: string): Make {
  if (typeof handler === 'function') return handler as Make
  throw new Error(
    `Default export is missing in "${file}": expected a function, found ${handler === null ? 'null' : typeof handler}.`,
  )
}

async function listOf(generate: Make, name: string, given?: unknown): Promise<Listed[]> {
  const list = (await generate(given)) as (Partial<Listed> | null)[]
  for (const item of list) {
    if (item?.id === undefined || item.id === null) {
      throw new Error(`id property is required for every item returned from ${name}`)
    }
  }
  return list as Listed[]
}

function answerWith(kind: keyof typeof texts, data: unknown): Response {
  const { type, make } = texts[kind]
  return new Response(make(data), { headers: { 'Content-Type': type, 'Cache-Control': kept } })
}

function notFound(): Response {
  return new Response('Not Found', { status: 404 })
}
