import type { Generation } from '../../project/generation.ts'
import { CacheUse, type CacheLifetime } from '../../cache/cache_use.ts'
import { forever } from '../../cache/static_generation.ts'

/** The object form of `cacheLife()`'s argument, in seconds. */
export interface CacheLife {
  readonly stale?: number
  readonly revalidate?: number
  readonly expire?: number
}

/** Returns the profiles of next.config and of Next.js. */
export function profilesOf(generation: Generation): Readonly<Record<string, CacheLife>> {
  return (generation.manifest.config['cacheLife'] ?? {}) as Readonly<Record<string, CacheLife>>
}

/**
 * Returns the lifetime that a profile name or an object stands for.
 * @throws Error with Next.js's message if there is none.
 */
export function lifeOf(given: unknown, profiles: Readonly<Record<string, CacheLife>>): CacheLife {
  const life = typeof given === 'string' ? profiles[given] : given
  if (life === undefined && typeof given === 'string') {
    const known = Object.keys(profiles).includes(given.trim())
    throw new Error(
      known
        ? `Unknown \`cacheLife()\` profile "${given}". Did you mean "${given.trim()}" without the spaces?`
        : `Unknown \`cacheLife()\` profile "${given}" is not configured in next.config.js\nmodule.exports = {\n  cacheLife: {\n    "${given}": ...\n  }\n}`,
    )
  }
  if (typeof life !== 'object' || life === null || Array.isArray(life)) {
    throw new Error('Invalid `cacheLife()` option. Either pass a profile name or object.')
  }
  const { stale, revalidate, expire } = life as CacheLife
  for (const [name, value] of Object.entries({ stale, revalidate, expire }) as [
    string,
    unknown,
  ][]) {
    if (value !== undefined && typeof value !== 'number')
      throw new Error(`The ${name} option must be a number of seconds.`)
  }
  if (revalidate !== undefined && expire !== undefined && revalidate > expire) {
    throw new Error(
      'If providing both the revalidate and expire options, the expire option must be greater than the revalidate option. The expire option indicates how many seconds from the start until it can no longer be used.',
    )
  }
  return life as CacheLife
}

/**
 * Records the lifetime that a cached function sets. What `cacheLife()` sets takes precedence and is
 * not shortened by cached values used inside.
 */
export class FunctionUse extends CacheUse {
  #revalidate: number | undefined
  #expire: number | undefined

  /** Records a call of `cacheLife`: the shortest of several applies. */
  live({ revalidate, expire }: CacheLife): void {
    if (revalidate !== undefined)
      this.#revalidate = Math.min(revalidate, this.#revalidate ?? Infinity)
    if (expire !== undefined) this.#expire = Math.min(expire, this.#expire ?? Infinity)
  }

  /** Returns the lifetime of the result; `byDefault` applies if the function sets none. */
  lifetime(
    byDefault: CacheLife,
  ): Required<Pick<CacheLife, 'revalidate' | 'expire'>> & CacheLifetime {
    const inner = this.revalidate === false ? forever : this.revalidate
    return {
      revalidate: this.#revalidate ?? Math.min(byDefault.revalidate ?? forever, inner),
      expire: this.#expire ?? Math.min(byDefault.expire ?? forever, this.expire ?? forever),
      tags: this.tags,
    }
  }
}
