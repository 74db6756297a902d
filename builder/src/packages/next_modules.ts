/**
 * Lists the modules of `next/` that the runtime provides: every import of them, also in packages,
 * resolves to the runtime's.
 */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Modules in the folder that are not modules of `next`. */
const internal = new Set(['empty'])

let provided: Set<string> | undefined

/** @param specifier for example "next/server" or "next/server.js". */
export function isProvided(specifier: string): boolean {
  if (!specifier.startsWith('next/')) return false
  provided ??= new Set(namesIn(folder()))
  return provided.has(specifier.slice('next/'.length).replace(/\.js$/, ''))
}

/** Bundles are installed beside the builder; in the repository it is the sources. */
function folder(): string {
  const here = fileURLToPath(import.meta.url)
  return here.endsWith('.ts')
    ? join(dirname(here), '../../../runtime/node/src/next')
    : join(dirname(here), '../runtime/next')
}

function namesIn(path: string): string[] {
  const files = readdirSync(path).filter(
    (name) => /\.(?:mjs|ts)$/.test(name) && !name.endsWith('.d.ts'),
  )
  return files
    .map((name) => name.replace(/\.(?:mjs|ts)$/, ''))
    .filter((name) => !internal.has(name))
}
