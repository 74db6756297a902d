/**
 * Sets the variables that a project's configuration sees in `process.env` while the builder
 * evaluates it.
 */
import type { Mode } from './base/phases.ts'

const applied = new Map<string, string | undefined>()

/** Sets `variables` and NODE_ENV, and undoes what an earlier call set. */
export function applyEnvironment(variables: Readonly<Record<string, string>>, mode: Mode): void {
  for (const [name, before] of applied) {
    if (before === undefined) delete process.env[name]
    else process.env[name] = before
  }
  applied.clear()
  for (const [name, value] of Object.entries({ ...variables, NODE_ENV: mode })) {
    applied.set(name, process.env[name])
    process.env[name] = value
  }
}
