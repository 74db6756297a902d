/**
 * Finds the files of the project's Next.js that Millrace's workers load beside the entries of `next
 * build`. Next.js's own tracer follows them.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The implementation of `next/og`, which routes of both engines use. */
export const imageResponse = 'next/dist/compiled/@vercel/og/index.node.js'

/** The modules that workers load by name. */
export const runtimeModules = [
  imageResponse,
  'next/dist/server/image-optimizer',
  'next/dist/server/lib/disk-lru-cache.external',
  'next/dist/server/lib/incremental-cache',
  'next/dist/server/lib/incremental-cache/file-system-cache',
  'next/dist/server/lib/incremental-cache/tags-manifest.external.js',
  'next/dist/server/lib/mock-request',
  'next/dist/server/lib/node-fs-methods',
  'next/dist/server/lib/router-utils/instrumentation-globals.external.js',
  'next/dist/server/pipe-readable',
  'next/dist/server/render-result',
  'next/dist/server/response-cache',
  'next/dist/server/send-payload',
  'next/dist/server/serve-static',
  'next/dist/server/use-cache/handlers',
  'next/dist/server/web/sandbox',
  'next/dist/server/web/spec-extension/adapters/next-request',
  'next/dist/shared/lib/router/utils/route-matcher',
  'next/dist/shared/lib/router/utils/route-regex',
  'next/dist/shared/lib/router/utils/sorted-routes',
] as const

interface Trace {
  readonly fileList: ReadonlySet<string>
  readonly esmFileList: ReadonlySet<string>
}

interface Tracer {
  nodeFileTrace(files: readonly string[], options: object): Promise<Trace>
}

/**
 * Returns the absolute paths of the files that modules of Next.js need. @param next the folder of
 * the package. @param modules by their names; those that do not exist are left out.
 */
export async function nextFiles(
  root: string,
  next: string,
  modules: readonly string[],
): Promise<string[]> {
  const require = createRequire(join(next, 'package.json'))
  const { nodeFileTrace } = require('next/dist/compiled/@vercel/nft') as Tracer
  const files = modules.flatMap((name) => {
    try {
      return [require.resolve(name)]
    } catch {
      return []
    }
  })
  const { fileList, esmFileList } = await nodeFileTrace(files, {
    base: '/',
    processCwd: root,
    moduleSyncCatchall: true,
    ignore: ['**/*.d.ts', '**/*.map', '**/next/dist/compiled/next-server/**/*.dev.js'],
  })
  return [...new Set([...fileList, ...esmFileList, `${next.slice(1)}/package.json`])].map(
    (path) => `/${path}`,
  )
}
