/** Loads the `instrumentation` file of a generation. */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fs } from '../base/builtins.ts'
import type { Generation } from '../project/generation.ts'
import type { Instrumentation } from '../project/instrumentation.ts'
import { registerWithPorts } from '../process/shared_ports.ts'

/** The source of the bundle whose `register()` has run, and its exports. */
let registered: { text: string; hooks: Instrumentation } | undefined

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
  const text = fs.readFileSync(path, 'utf8')
  if (registered?.text !== text) registered = { text, hooks: await register(path) }
  generation.instrumentation = registered.hooks
}

async function register(path: string): Promise<Instrumentation> {
  try {
    const module = (await import(pathToFileURL(path).href)) as Instrumentation & {
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
