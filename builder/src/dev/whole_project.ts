/**
 * Bundles all routes of a project, in development only if one of them may need the project's
 * Next.js: which others share its state, and so its engine, is known only then.
 */
import { dirname, join } from 'node:path'
import { Bundler } from '../bundle/bundler.ts'
import type { Needs } from '../bundle/needs.ts'
import type { BuildOutcome, BuildRequest } from '../bundle/types.ts'

/** The bundle of one project. */
export class WholeProject {
  #bundler: Bundler | undefined
  #outcome: BuildOutcome | undefined
  /** Whether the last request was for a project that needs it. */
  isNeeded = false

  /** The project has changed. */
  forget(): void {
    this.#outcome = undefined
  }

  /**
   * Returns the outcome of a bundle of all routes if it is needed. @param needs of the compiled
   * routes.
   */
  async look(request: BuildRequest, needs: Needs): Promise<BuildOutcome | undefined> {
    this.isNeeded =
      request.lenient === true &&
      (request.routes.some(({ engine }) => engine === 'next') || Object.keys(needs).length > 0)
    if (!this.isNeeded) return undefined
    this.#bundler ??= new Bundler()
    const outdir = join(dirname(request.outdir), 'whole')
    this.#outcome ??= await this.#bundler.build({ ...request, outdir })
    return this.#outcome
  }

  async close(): Promise<void> {
    await this.#bundler?.close()
  }
}
