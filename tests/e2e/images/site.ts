/**
 * The project, the remote server and the requests of the tests of `/_next/image`: `record.ts` sends
 * them to `next start`, and the tests to Millrace.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('public/', import.meta.url))
const images = Object.fromEntries(
  readdirSync(folder).map((name) => [name, readFileSync(folder + name)]),
)

/** The files of the project. */
export const files: Readonly<Record<string, string | Uint8Array>> = {
  'package.json':
    '{ "name": "images", "private": true, "type": "module", "dependencies": { "next": "*" } }',
  'next.config.js': `
    export default {
      images: {
        qualities: [50, 75],
        dangerouslyAllowLocalIP: true,
        localPatterns: [{ pathname: '/**' }],
        remotePatterns: [{ protocol: 'http', hostname: '127.0.0.1', pathname: '/pictures/**' }],
      },
    }`,
  'app/layout.js':
    'export default function Layout({ children }) { return <html><body>{children}</body></html> }',
  'app/page.js': `
    import Image from 'next/image'
    import photo from '../photo.png'
    export default function Page() { return <Image src={photo} alt="" quality={50} /> }`,
  'app/api/picture/route.js': `
    import { readFileSync } from 'node:fs'
    export function GET(request) {
      const status = Number(new URL(request.url).searchParams.get('status') ?? 200)
      return new Response(readFileSync('public/photo.png'), {
        status,
        headers: { 'Content-Type': 'image/png', 'Cache-Control': 'max-age=90000' },
      })
    }`,
  'photo.png': images['photo.png']!,
  ...Object.fromEntries(Object.entries(images).map(([name, data]) => [`public/${name}`, data])),
}

/** A server of remote images on loopback. */
export interface Pictures {
  readonly port: number
  /** The number of requests for each path. */
  readonly asked: ReadonlyMap<string, number>
  /** Resolves when a request for the path has arrived; its response waits for `release`. */
  held(path: string): Promise<void>
  release(): void
  close(): void
}

/** Starts the server. Responses below `/pictures/held/` wait until they are released. */
export async function startPictures(): Promise<Pictures> {
  const asked = new Map<string, number>()
  const arrivals = new Map<string, () => void>()
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  const server: Server = createServer((req, res) => {
    const path = req.url!
    asked.set(path, (asked.get(path) ?? 0) + 1)
    arrivals.get(path)?.()
    if (path === '/pictures/moved') {
      res.writeHead(302, { Location: '/pictures/photo.jpg' }).end()
    } else if (path.endsWith('/photo.jpg')) {
      const send = (): void => {
        res.setHeader('Cache-Control', 'max-age=20000')
        res.setHeader('Content-Type', 'image/jpeg')
        res.end(images['photo.jpg'])
      }
      if (path.startsWith('/pictures/held/')) void released.then(send)
      else send()
    } else {
      res.writeHead(410).end('gone')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    held: (path) => new Promise((resolve) => arrivals.set(path, resolve)),
    release,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** A request; `REMOTE` in its target stands for the remote server's host and port. */
export interface ImageRequest {
  readonly target: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
}

const webp = { accept: 'image/avif,image/webp,image/*,*/*;q=0.8' }
const image = (url: string, size = '&w=64&q=75'): string =>
  `/_next/image?url=${encodeURIComponent(url)}${size}`

/** The requests, in their order: later ones find in the cache what earlier ones have made. */
export const requests: readonly ImageRequest[] = [
  { target: image('/photo.png') },
  { target: image('/photo.png') },
  { target: image('/photo.png'), headers: webp },
  { target: image('/photo.png'), headers: webp },
  { target: image('/photo.png', '&w=32&q=50'), headers: webp },
  { target: image('/photo.png', '&w=3840&q=75'), headers: webp },
  { target: image('/photo.jpg') },
  { target: image('/photo.jpg'), headers: webp },
  { target: image('/photo.jpg'), headers: { accept: 'image/webp;q=0' } },
  { target: image('/photo.jpg'), method: 'HEAD' },
  { target: image('/photo.jpg', '&w=32&q=75'), method: 'HEAD' },
  { target: image('/photo.jpg'), method: 'POST' },
  { target: image('/moving.gif'), headers: webp },
  { target: image('/drawing.svg'), headers: webp },
  { target: image('/notes.txt') },
  { target: image('/missing.png') },
  { target: image('/api/picture') },
  { target: image('/api/picture?status=503') },
  { target: image('/api/picture?status=204') },
  { target: image('http://REMOTE/pictures/photo.jpg'), headers: webp },
  { target: image('http://REMOTE/pictures/photo.jpg'), headers: webp },
  { target: image('http://REMOTE/pictures/moved'), headers: webp },
  { target: image('http://REMOTE/pictures/gone.jpg') },
  { target: image('http://REMOTE/others/photo.jpg') },
  { target: image('http://localhost/pictures/photo.jpg') },
  { target: image('https://REMOTE/pictures/photo.jpg') },
  { target: image('//REMOTE/pictures/photo.jpg') },
  { target: image('/_next/image?url=/photo.png&w=64&q=75') },
  { target: image('photo.png') },
  { target: image('/%2e%2e/secret') },
  { target: image('/%zz') },
  { target: '/_next/image' },
  { target: '/_next/image?w=64&q=75' },
  { target: image('/photo.png', '&q=75') },
  { target: image('/photo.png', '&w=65&q=75') },
  { target: image('/photo.png', '&w=64') },
  { target: image('/photo.png', '&w=64&q=10') },
  { target: image('/photo.png', '&w=64&q=500'), method: 'HEAD' },
  { target: '/_next/image/' },
  { target: '/_next/image/more' },
]

/** The parts of a response that are compared. */
export interface ImageResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Text as it is; of an image, its base64 form; null for a page. */
  readonly body: string | null
}

/** Fields that differ from run to run, or state only how the connection continues. */
const ignored = ['date', 'connection', 'keep-alive', 'transfer-encoding']

/** The tag of an image that is sent as it is names the time of its file. */
function withoutTime(etag: string): string {
  return Buffer.from(etag, 'base64url').toString().startsWith('W/"') ? 'of the file' : etag
}

/** Sends a request. */
export function send(
  origin: string,
  { target, method = 'GET', headers = {} }: ImageRequest,
  remote: number,
): Promise<ImageResponse> {
  const path = target.replaceAll('REMOTE', encodeURIComponent(`127.0.0.1:${remote}`))
  return new Promise((resolve, reject) => {
    const sent = request(`${origin}${path}`, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const { etag, 'content-type': type = '' } = response.headers
        if (etag !== undefined) response.headers.etag = withoutTime(etag)
        // `next start` sends messages in chunks.
        if (!type.startsWith('image/')) delete response.headers['content-length']
        const kept = Object.entries(response.headers).filter(([name]) => !ignored.includes(name))
        const body = Buffer.concat(chunks)
        const isPage = type.startsWith('text/html')
        resolve({
          status: response.statusCode!,
          headers: isPage ? { 'content-type': type } : Object.fromEntries(kept),
          body: isPage ? null : body.toString(type.startsWith('image/') ? 'base64' : 'utf8'),
        })
      })
    })
    sent.once('error', reject)
    sent.end()
  })
}
