// Uses every type that a project imports from Next.js; expressions that must not type-check are
// marked.
import type {
  Instrumentation,
  MetadataRoute,
  NextApiHandler,
  NextApiRequest,
  NextApiResponse,
  NextConfig,
  PageConfig,
} from 'next'
import {
  cacheLife,
  cacheTag,
  io,
  revalidatePath,
  revalidateTag,
  unstable_cache,
  unstable_noStore,
  updateTag,
} from 'next/cache'
import { PHASE_PRODUCTION_BUILD } from 'next/constants'
import { PHASE_DEVELOPMENT_SERVER } from 'next/constants.js'
import { cookies, draftMode, headers } from 'next/headers'
import {
  forbidden,
  notFound,
  permanentRedirect,
  redirect,
  RedirectType,
  unauthorized,
  unstable_rethrow,
} from 'next/navigation'
import { ImageResponse } from 'next/og'
// biome-ignore lint/style/useImportType: the names must be there as values.
import {
  after,
  connection,
  NextRequest,
  NextResponse,
  URLPattern,
  userAgent,
  userAgentFromString,
  type NextFetchEvent,
  type NextMiddleware,
  type NextProxy,
  type ProxyConfig,
} from 'next/server'
import { NextResponse as dotted } from 'next/server.js'

interface Answer {
  readonly name: string
}

export const pages: NextApiHandler<Answer> = (request, response) => {
  const name: string | string[] | undefined = request.query['name']
  // @ts-expect-error: not the type of the handler's response.
  response.json({ other: 1 })
  response.status(200).json({ name: String(name) })
}

export async function plain(request: NextApiRequest, response: NextApiResponse): Promise<void> {
  response.setHeader('X-A', request.cookies['a'] ?? '').setDraftMode({ enable: true })
  await response.revalidate('/api/x')
  response.redirect(307, '/')
}

export const config: PageConfig = {
  api: { bodyParser: { sizeLimit: '1mb' }, responseLimit: false, externalResolver: true },
}

export const options: NextConfig = {
  basePath: '/base',
  headers: async () => [{ source: '/:path*', headers: [{ key: 'X-A', value: 'a' }] }],
  redirects: async () => [{ source: '/a', destination: '/b', permanent: true }],
  rewrites: async () => ({
    beforeFiles: [],
    afterFiles: [{ source: '/a', destination: '/b' }],
    fallback: [],
  }),
}

export const onRequestError: Instrumentation.onRequestError = (error, request, context) => {
  console.error(error, request.path, context.routePath)
}

export const robots = (): MetadataRoute.Robots => ({
  rules: { userAgent: '*', allow: '/' },
  sitemap: 'https://example.com/sitemap.xml',
})
export const sitemap = (): MetadataRoute.Sitemap => [
  { url: 'https://example.com', lastModified: new Date(), changeFrequency: 'daily', priority: 1 },
]
export const manifest = (): MetadataRoute.Manifest => ({
  name: 'Name',
  icons: [{ src: '/i.png', sizes: '9x9', type: 'image/png' }],
})

export const proxy: NextProxy = (request: NextRequest, event: NextFetchEvent) => {
  event.waitUntil(Promise.resolve())
  if (request.nextUrl.pathname === '/') return NextResponse.rewrite(new URL('/b', request.url))
  return NextResponse.next({ request: { headers: new Headers(request.headers) } })
}
export const middleware: NextMiddleware = async () =>
  NextResponse.redirect('https://example.com', { status: 308 })
export const matched: ProxyConfig = {
  matcher: [
    '/a',
    { source: '/b', has: [{ type: 'header', key: 'x' }], missing: [{ type: 'cookie', key: 'y' }] },
  ],
}

const cached = unstable_cache(async (id: number) => ({ id }), ['key'], {
  revalidate: 60,
  tags: ['a'],
})

export async function GET(
  request: NextRequest,
  { params }: { params: Promise<{ id: string }> },
): Promise<NextResponse<{ id: number }>> {
  const jar = await cookies()
  jar
    .set('a', 'b', { httpOnly: true, sameSite: 'lax', partitioned: true, priority: 'high' })
    .delete('c')
  for (const [name, { value }] of jar) console.log(name, value, jar.size)
  const fields = await headers()
  if ((await draftMode()).isEnabled) unstable_noStore()
  if (fields.get('x') === null) redirect('/a', RedirectType.push)
  if (userAgent(request).isBot || userAgentFromString('x').browser.name === 'y')
    permanentRedirect('/b')
  if (request.cookies.get('d')?.value === 'e') notFound()
  if (request.method === 'PUT') forbidden()
  if (request.method === 'POST') unauthorized()
  await connection()
  after(async () => revalidateTag('a', 'max'))
  const { id } = await cached(Number((await params).id))
  const response = NextResponse.json({ id })
  response.cookies.set({ name: 'a', value: 'b', maxAge: 1 })
  return response
}

export async function cachedData(): Promise<number> {
  'use cache'
  cacheLife('hours')
  cacheLife({ stale: 1, revalidate: 2, expire: 3 })
  cacheTag('a', 'b')
  return 1
}

export function renew(error: unknown): void {
  unstable_rethrow(error)
  revalidatePath('/api/x', 'page')
  revalidateTag('a', { expire: 0 })
  updateTag('a')
}

export const configuration = (phase: string): NextConfig => ({
  compress: phase !== PHASE_DEVELOPMENT_SERVER,
  generateEtags: phase === PHASE_PRODUCTION_BUILD,
})

export async function draw(): Promise<Response> {
  await io()
  const found = new URLPattern({ pathname: '/api/:id' }).exec('http://localhost/api/1')?.pathname
    .groups['id']
  return found === undefined
    ? dotted.json({})
    : new ImageResponse(null as never, { width: 1, height: 1, status: 201 })
}
