/**
 * What `next build` has made, as it lies in the build's folder: Next.js itself reads it, since it
 * alone knows how it has laid it down.
 */
import { join } from 'node:path'

import type { Context, Entry } from './cached_entry.ts'
import type { ProjectNext } from './project_next.ts'

/** Reads responses that were made at build. */
export interface Seeds {
  /** Null where there is none. */
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

/** A key is made of a request's path, decoded. */
function staysBelow(key: string): boolean {
  return !key.split('/').includes('..') && !key.includes('\0')
}

/** The seeds of a build. */
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
