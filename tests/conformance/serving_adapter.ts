/**
 * The adapter with which `next start` serves a build that Millrace's own adapter has made: the
 * output of `next build` lies in the folder that `CONFORMANCE_DIST_DIR` names, and nothing else of
 * the project's configuration changes.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The part of Next.js's type that is used; importing it would change the types of all tests. */
interface Adapter {
  readonly name: string
  modifyConfig(
    config: Readonly<Record<string, unknown>>,
    about: { readonly projectDir: string },
  ): Record<string, unknown>
}

const adapter: Adapter = {
  name: 'conformance',

  modifyConfig(config, { projectDir }) {
    const distDir = process.env['CONFORMANCE_DIST_DIR']
    if (distDir === undefined) throw new Error('CONFORMANCE_DIST_DIR is not set')
    const built = JSON.parse(
      readFileSync(join(projectDir, distDir, 'required-server-files.json'), 'utf8'),
    ) as { config: { deploymentId?: string } }
    // Entries behave differently if an adapter is configured: here the server is that of Next.js.
    const { adapterPath: _, ...rest } = config
    const { deploymentId } = built.config
    return {
      ...rest,
      distDir,
      ...(deploymentId === undefined ? {} : { deploymentId }),
    }
  },
}

export default adapter
