/** The adapter that a project has itself; it runs together with Millrace's. */
import { pathToFileURL } from 'node:url'
import type { NextAdapter } from 'next'
import { variables } from './handed_over.ts'

let loaded: Promise<NextAdapter> | undefined

/** Returns the project's adapter; null if it has none. Rejects if it cannot be loaded. */
export function ownAdapter(): Promise<NextAdapter> | null {
  const path = process.env[variables.ownAdapter]
  if (path === undefined) return null
  return (loaded ??= load(path))
}

/** As Next.js loads an adapter. */
async function load(path: string): Promise<NextAdapter> {
  const module = (await import(pathToFileURL(path).href)) as { default?: NextAdapter }
  return module.default ?? (module as unknown as NextAdapter)
}
