/**
 * The first compilation of routes in C++ by a development server. It takes many seconds, so routes
 * in JavaScript are served in the meantime, and requests for routes in C++ wait.
 */
import { buildNative, buildWithout } from './native_builder.ts'
import type { NativeBuild, NativeRequest } from './types.ts'

/** What was built, or why nothing was. */
export type NativeResult = NativeBuild | Error

/**
 * Builds routes in C++; never rejects. In development, what prevents all of them from being built
 * is a problem of each, so that the rest of the project is served.
 */
export async function compileNative(request: NativeRequest): Promise<NativeResult> {
  try {
    return await buildNative(request)
  } catch (error) {
    if (request.mode === 'production') return error as Error
    return await buildWithout(request, (error as Error).message).catch(
      (failure: unknown) => failure as Error,
    )
  }
}

/** The first compilation of a project. */
export class FirstBuild {
  readonly #compiling: Promise<NativeResult>
  readonly #outdir: string
  #isOver = false

  constructor(request: NativeRequest) {
    this.#outdir = request.outdir
    this.#compiling = compileNative(request)
    this.#compiling.finally(() => (this.#isOver = true)).catch(() => undefined)
  }

  /** Whether the compilation has ended: later ones are short. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Waits for the compilation, and places its result in the folder of the request. */
  async finish(request: NativeRequest): Promise<NativeResult> {
    const made = await this.#compiling
    return request.outdir === this.#outdir ? made : await compileNative(request)
  }
}

/** The first compilations, by project. */
const known = new Map<string, FirstBuild>()

/** Returns the first compilation of the project, which the first call starts. */
export function firstBuildOf(request: NativeRequest): FirstBuild {
  let build = known.get(request.root)
  if (build === undefined) known.set(request.root, (build = new FirstBuild(request)))
  return build
}
