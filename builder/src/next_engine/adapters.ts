/**
 * Makes `next` load Millrace's adapter, and the project's own beside it if it has one.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { variables } from '../../../adapter/src/handed_over.ts'
import type { ProjectConfig } from '../config/normalise.ts'
import type { InstalledNext } from './installed.ts'

/** The variable that names an adapter for Next.js; `adapterPath` of next.config replaces it. */
const adapterVariable = 'NEXT_ADAPTER_PATH'

/** The adapters of a run of `next`. */
export interface Adapters {
  /** Absolute path of Millrace's adapter. */
  readonly ours: string
  /** Absolute path of the project's own; null if it has none. */
  readonly own: string | null
}

/**
 * Finds the adapters of a project. @param share the folder of an installation.
 * @throws Error with a message for the user if the project's own cannot be found.
 */
export function adaptersOf(
  config: Partial<ProjectConfig>,
  next: InstalledNext,
  share: string,
): Adapters {
  const ours = join(share, 'adapter', 'adapter.mjs')
  const configured = config['adapterPath']
  const given = typeof configured === 'string' ? configured : process.env[adapterVariable]
  if (!given) return { ours, own: null }
  try {
    // As Next.js resolves it.
    const own = createRequire(join(next.folder, 'dist/server/config.js')).resolve(given)
    return { ours, own: own === ours ? null : own }
  } catch (error) {
    const name = given === configured ? 'adapterPath of next.config' : adapterVariable
    throw new Error(
      `${name}: ${JSON.stringify(given)} cannot be found; expected an absolute path, such as require.resolve('./my-adapter.js').`,
      { cause: error },
    )
  }
}

/** Returns the variables for `next`. @param environment its environment without them. */
export function adapterVariables(
  { ours, own }: Adapters,
  environment: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  if (own === null) return { [adapterVariable]: ours }
  const preloaded = pathToFileURL(join(dirname(ours), 'replace_adapter.mjs')).href
  const { NODE_OPTIONS: options = '' } = environment
  return {
    [adapterVariable]: ours,
    [variables.ownAdapter]: own,
    NODE_OPTIONS: `${options} --import=${preloaded}`.trim(),
  }
}
