/**
 * Runs a build of a context in rounds: each round finds the errors, or the layer copies, that
 * earlier rounds hid.
 */
import type { BuildFailure } from 'esbuild'
import { formatted } from '../base/messages.ts'
import type { LayerCopies } from '../packages/layer_copies.ts'
import { filesWithTypes } from '../sources/tolerated_imports.ts'
import type { BrokenFiles } from './broken_files.ts'
import type { BundleContext } from './esbuild_context.ts'
import { mayCompileElsewhere } from './needs.ts'
import type { Result } from './outputs.ts'
import type { BuildRequest } from './types.ts'

const maximumRounds = 25

/** What a build changes from round to round. */
export interface RoundsOptions {
  readonly request: BuildRequest
  /** The files of the entries, relative to the project. */
  readonly files: readonly string[]
  readonly context: () => Promise<BundleContext>
  readonly copies: () => LayerCopies
  readonly broken: BrokenFiles
  /** Absolute paths of all files read. */
  readonly seen: ReadonlySet<string>
  /** Receives files in which an import may name a type. */
  readonly tolerated: Set<string>
}

/** Returns the result of the last round, or the errors that remain. */
export async function buildInRounds({
  request,
  files,
  context,
  copies,
  broken,
  seen,
  tolerated,
}: RoundsOptions): Promise<{ result: Result } | { errors: string[]; elsewhere: boolean }> {
  for (let round = 0; ; round++) {
    let bundler: BundleContext | undefined
    try {
      bundler = await context()
      copies().forget()
      let result = await bundler.rebuild()
      for (
        let made = 0;
        made < maximumRounds && copies().update(result.metafile, request.root);
        made++
      ) {
        result = await bundler.rebuild()
      }
      return { result }
    } catch (error) {
      const { errors } = error as Partial<BuildFailure>
      if (!Array.isArray(errors)) throw error
      const tolerable = filesWithTypes(request.root, errors).filter((path) => !tolerated.has(path))
      for (const path of tolerable) tolerated.add(path)
      if (tolerable.length > 0 && round < maximumRounds) continue
      const goesOn =
        round < maximumRounds &&
        ((await broken.exclude(request, errors, seen)) ||
          (await broken.isolate(request, files, bundler)))
      if (goesOn) continue
      const failures = broken.failures()
      return {
        errors: [...failures, ...(await formatted(errors, 'error'))],
        elsewhere: failures.length === 0 && mayCompileElsewhere(request, errors),
      }
    }
  }
}
