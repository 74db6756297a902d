/**
 * Reads responses that `next build` has made from the build's folder, with Next.js's own code,
 * because the layout of the files is internal to Next.js.
 */
import { join } from 'node:path'

import type { Context, Entry } from './cached_entry.ts'
import type { ProjectNext } from './project_next.ts'

/** Reads responses that were made at build time. */
export interface Seeds {
  /** Returns null if there is none. */
  read(key: string, context: Context): Promise<Entry | null>
}

interface FileSystemCacheClass {
  new (options: {
    readonly fs: unknown
    readonly flushToDisk: boolean
    readonly serverDistDir: string
    readonly revalidatedTags: readonly string[]
    readonly maxMemoryCacheSize: number
  }): { get(key: string, context: Context): Promise<Entry | null> }
}

const noSeed = Promise.resolve(null)

/** Whether a key, which contains a decoded request path, stays inside the folder. */
function staysBelow(key: string): boolean {
  return !key.split('/').includes('..') && !key.includes('\0')
}

/** Returns the seeds of a build. */
export function seedsOf(next: ProjectNext): Seeds {
  const { default: FileSystemCache } = next.load<{ default: FileSystemCacheClass }>(
    'next/dist/server/lib/incremental-cache/file-system-cache',
  )
  const { nodeFs } = next.load<{ nodeFs: unknown }>('next/dist/server/lib/node-fs-methods')
  const files = new FileSystemCache({
    fs: nodeFs,
    flushToDisk: false,
    serverDistDir: join(next.distDir, 'server'),
    revalidatedTags: [],
    maxMemoryCacheSize: 0,
  })
  return { read: (key, context) => (staysBelow(key) ? files.get(key, context) : noSeed) }
}
