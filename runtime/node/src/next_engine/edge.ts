/** Runs edge routes that `next build` has compiled, in the sandbox of the project's own Next.js. */
import { join } from 'node:path'

import { fs } from '../base/builtins.ts'
import type { OutgoingResponse } from '../pages/outgoing_response.ts'
import type { Entry, EntryContext } from './entry.ts'
import type { ProjectNext } from './project_next.ts'

interface Binding {
  readonly name: string
  readonly filePath: string
}

/** The builder's description of the route; paths are relative to the folder of `next build`. */
interface EdgeFunction {
  readonly name: string
  readonly page: string
  readonly files: readonly string[]
  readonly wasm: readonly Binding[]
  readonly assets: readonly Binding[]
  readonly env: Readonly<Record<string, string>>
}

interface Sandbox {
  run(parameters: object): Promise<{ response: Response }>
}

interface Helpers {
  readonly sandbox: Sandbox
  readonly signalOf: (res: unknown) => AbortSignal
  readonly pipe: (body: unknown, res: unknown) => Promise<void>
  /** Creates Next.js's cache for the fetches of one request. */
  readonly cacheFor: (headers: object) => object
}

/** Creates the entry of an edge route. */
export function edgeEntry(next: ProjectNext, path: string): Entry {
  const { name, page, files, wasm, assets, env } = JSON.parse(
    fs.readFileSync(path, 'utf8'),
  ) as EdgeFunction
  const absolute = ({ filePath, ...rest }: Binding): Binding => ({
    ...rest,
    filePath: join(next.distDir, filePath),
  })
  const paths = files.map((file) => join(next.distDir, file))
  const entry = { name, paths, wasm: wasm.map(absolute), assets: assets.map(absolute), env }
  const helpers: Helpers = {
    cacheFor: cacheMaker(next),
    sandbox: next.load('next/dist/server/web/sandbox'),
    signalOf: next.load<{ signalFromNodeResponse: Helpers['signalOf'] }>(
      'next/dist/server/web/spec-extension/adapters/next-request',
    ).signalFromNodeResponse,
    pipe: next.load<{ pipeToNodeResponse: Helpers['pipe'] }>('next/dist/server/pipe-readable')
      .pipeToNodeResponse,
  }
  const { basePath, i18n, trailingSlash, supportsImmutableAssets, deploymentId } = next.config
  const clientAssetToken = supportsImmutableAssets === true ? '' : (deploymentId ?? '')
  return {
    isEdge: true,
    async handler(req, res, context) {
      const { response } = await helpers.sandbox.run({
        distDir: next.distDir,
        name,
        paths,
        edgeFunctionEntry: entry,
        request: {
          headers: req.headers,
          method: req.method,
          nextConfig: { basePath, i18n, trailingSlash },
          url: urlOf(context),
          page: { name: page, params: context.requestMeta.params },
          // The body is read only once.
          body: { cloneBodyStream: () => req, finalize: () => Promise.resolve() },
          signal: helpers.signalOf(res),
          waitUntil: context.waitUntil,
        },
        useCache: true,
        incrementalCache: helpers.cacheFor(req.headers),
        onWarning: (warning: unknown) => console.warn(warning),
        clientAssetToken,
      })
      await send(response, res, helpers)
    },
  }
}

function cacheMaker(next: ProjectNext): Helpers['cacheFor'] {
  type Constructor = new (options: object) => object
  const { IncrementalCache } = next.load<{ IncrementalCache: Constructor }>(
    'next/dist/server/lib/incremental-cache',
  )
  const previewProps = next.read('server/preview-props.json')
  const { fetchCacheKeyPrefix, allowedRevalidateHeaderKeys } = next.config.experimental ?? {}
  const { prerenderManifest } = next
  // Next.js's cache finds the shared cache in the server context.
  return (requestHeaders) =>
    new IncrementalCache({
      dev: false,
      requestHeaders,
      previewProps,
      prerenderManifest,
      fetchCacheKeyPrefix,
      allowedRevalidateHeaderKeys,
    })
}

/**
 * Returns the URL with the route's parameters in its query, where they replace query parameters of
 * the same names.
 */
function urlOf({ requestMeta: { initURL, query, params } }: EntryContext): string {
  const url = new URL(initURL)
  const all = { ...Object.fromEntries(url.searchParams), ...query, ...params }
  const pairs = new URLSearchParams()
  for (const [name, value] of Object.entries(all))
    for (const one of [value ?? ''].flat()) pairs.append(name, one)
  url.search = pairs.toString()
  return url.href
}

async function send(response: Response, res: OutgoingResponse, { pipe }: Helpers): Promise<void> {
  res.statusCode = response.status
  if (response.statusText !== '') res.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (name !== 'x-middleware-set-cookie' && name !== 'set-cookie') res.appendHeader(name, value)
  }
  for (const cookie of response.headers.getSetCookie()) res.appendHeader('set-cookie', cookie)
  if (response.body === null) res.end()
  else await pipe(response.body, res)
}
