/**
 * `next/og` for routes: images from JSX. Next.js's own compiled module, from the project's `next`,
 * draws them; without the package no image can be drawn.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Drawing = new (...given: unknown[]) => Response

let drawing: Promise<Drawing> | undefined

/** Draws an image from JSX when its body is read. The arguments are those of Next.js's class. */
export class ImageResponse extends globalThis.Response {
  static displayName = 'ImageResponse'

  constructor(...given: [element: unknown, options?: ImageOptions]) {
    const options = given[1] ?? {}
    const cacheControl =
      process.env['NODE_ENV'] === 'development'
        ? 'no-cache, no-store'
        : 'public, max-age=0, must-revalidate'
    const headers = new Headers({ 'content-type': 'image/png', 'cache-control': cacheControl })
    for (const [name, value] of new Headers(options.headers)) headers.set(name, value)
    super(drawn(given), {
      headers,
      ...(options.status === undefined ? {} : { status: options.status }),
      statusText: options.statusText ?? '',
    })
  }
}

/** The options that concern the response. */
interface ImageOptions extends ResponseInit {
  readonly width?: number
  readonly height?: number
}

function drawn(given: readonly unknown[]): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  return new ReadableStream({
    async start(controller) {
      const Drawing = await (drawing ??= loadDrawing())
      reader = new Drawing(...given).body?.getReader()
      if (reader === undefined) controller.close()
    },
    async pull(controller) {
      const { done, value } = await reader!.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel(reason) {
      await reader?.cancel(reason)
    },
  })
}

async function loadDrawing(): Promise<Drawing> {
  let path: string
  try {
    path = createRequire(join(process.cwd(), 'package.json')).resolve(
      'next/dist/compiled/@vercel/og/index.node.js',
    )
  } catch {
    drawing = undefined
    throw new Error(
      'ImageResponse of next/og draws with the package next, which is not installed. Run: npm install next',
    )
  }
  return ((await import(pathToFileURL(path).href)) as { ImageResponse: Drawing }).ImageResponse
}

export default { ImageResponse }
