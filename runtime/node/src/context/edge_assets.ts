/**
 * Files that an edge function fetches by `fetch(new URL('./file', import.meta.url))`, as Next.js's
 * edge runtime serves them: those that the build has copied beside the bundle, and no others.
 */
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

import { fs } from '../base/builtins.ts'

/**
 * The answer for such a file; undefined where `input` names no file, or one that is not of the
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
  // Of a URL nothing like `..` is left in it.
  if (!path.startsWith(join(folder, 'assets') + sep)) return undefined
  return fs.promises.readFile(path).then((bytes) => new Response(bytes))
}
