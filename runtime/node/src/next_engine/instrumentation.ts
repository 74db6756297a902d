/**
 * The project's `instrumentation` file as compiled by `next build`: entries register it themselves,
 * once.
 */
import { relative } from 'node:path'

import type { Generation } from '../project/generation.ts'
import type { Instrumentation } from '../project/instrumentation.ts'
import type { InstrumentationFile } from '../project/manifest.ts'
import { projectNextOf } from './project_next.ts'

interface Registration {
  ensureInstrumentationRegistered(projectDir: string, distDir: string): Promise<void>
  getInstrumentationModule(
    projectDir: string,
    distDir: string,
  ): Promise<Instrumentation | undefined>
}

/**
 * Waits for its `register()`, as entries do.
 * @throws Error that its code throws, with Next.js's message.
 */
export async function registerByNext(
  generation: Generation,
  { module }: InstrumentationFile,
): Promise<Instrumentation | null> {
  const next = projectNextOf(generation, module)
  const { ensureInstrumentationRegistered, getInstrumentationModule } = next.load<Registration>(
    'next/dist/server/lib/router-utils/instrumentation-globals.external.js',
  )
  const place = [generation.root, relative(generation.root, next.distDir)] as const
  await ensureInstrumentationRegistered(...place)
  return (await getInstrumentationModule(...place)) ?? null
}
