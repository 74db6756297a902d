/**
 * Serves the files that an edge function fetches by `fetch(new URL('./file', import.meta.url))`, as
 * Next.js's edge runtime does: only those that the build has copied beside the bundle.
 */
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { fs } from '../base/builtins.ts'

/**
 * Returns the response for such a file; undefined if `input` is not a file URL, or not of this
 * build.
 * @param folder of the generation.
 */
export function fetchedAsset(input: unknown, folder: string): Promise<Response> | undefined {
  const address = typeof input === 'string' ? input : input instanceof URL ? input.href : undefined
  if (address === undefined || !/^file:/i.test(address)) return undefined
  let path: string
  try {
    path = fileURLToPath(address)
  } catch {
    return undefined
  }
  // A parsed URL has no `..` in its path.
  if (!path.startsWith(join(folder, 'assets') + sep)) return undefined
  return fs.promises.readFile(path).then((bytes) => new Response(bytes))
}
