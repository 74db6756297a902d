/**
 * Finds routes with options that Next.js rejects: in development the route responds with the error.
 */
import { join } from 'node:path'
import { incompatibleOptions } from '../bundle/candidates.ts'
import { invalidOptionsOf } from '../bundle/route_facts.ts'
import type { BuildRequest } from '../bundle/types.ts'
import type { MetadataSource } from '../metadata/modules.ts'
import type { StaticOptions } from '../syntax/static_options.ts'

/** @param messages receives the errors, by the absolute path of the route's file. */
export async function markInvalid(
  { root, config, routes }: Pick<BuildRequest, 'root' | 'config' | 'routes'>,
  metadata: readonly MetadataSource[],
  known: StaticOptions,
  messages: Map<string, string>,
): Promise<void> {
  for (const [file, errors] of await invalidOptionsOf({ root, config }, routes, metadata, known))
    messages.set(join(root, file), errors.join('\n\n'))
  for (const { file, kind } of routes) {
    if (kind !== 'app' || messages.has(join(root, file))) continue
    const options = await known.read(join(root, file), kind)
    const errors = incompatibleOptions({ [file]: { methods: [], options } }, config)
    if (errors.length > 0) messages.set(join(root, file), errors.join('\n\n'))
  }
}
