/** Loads the `instrumentation` file of a generation. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fs } from '../base/builtins.ts'
import type { Generation } from '../project/generation.ts'
import type { Instrumentation } from '../project/instrumentation.ts'
import { registerWithPorts } from '../process/shared_ports.ts'

/** The code whose `register()` has run, and its exports. */
let registered: { version: string; hooks: Instrumentation } | undefined

/**
 * Loads the generation's `instrumentation` file and waits for its `register()`. A file that has not
 * changed since an earlier generation is not registered again.
 * @throws Error that its code throws, with Next.js's message.
 */
export async function loadInstrumentation(generation: Generation): Promise<void> {
  const { instrumentation } = generation.manifest
  if (instrumentation === null) return
  if (instrumentation.engine === 'next') {
    // Routes of both engines share one module and one register().
    const { registerByNext } = await import('../next_engine/instrumentation.ts')
    generation.instrumentation = await registerByNext(generation, instrumentation)
    return
  }
  const path = join(generation.folder, instrumentation.module)
  const { modules } = generation
  const version = modules?.version(instrumentation.file) ?? fs.readFileSync(path, 'utf8')
  const load = (): Promise<object> =>
    modules === null ? import(pathToFileURL(path).href) : modules.run(instrumentation.file)
  if (registered?.version !== version) registered = { version, hooks: await register(load) }
  generation.instrumentation = registered.hooks
}

async function register(load: () => Promise<object>): Promise<Instrumentation> {
  try {
    const module = (await load()) as Instrumentation & {
      default?: Instrumentation
    }
    const hooks =
      module.register || module.onRequestError || !module.default ? module : module.default
    await registerWithPorts(() => hooks.register?.())
    return hooks
  } catch (error) {
    const wrapped = error instanceof Error ? error : new Error(String(error))
    wrapped.message = `An error occurred while loading instrumentation hook: ${wrapped.message}`
    throw wrapped
  }
}
