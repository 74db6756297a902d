/**
 * Finds a custom server: a program of the project's own that creates Next.js's request handler.
 * Only `next start` is replaced; what such a program does besides is not.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const usualFiles = ['js', 'ts', 'mjs', 'cjs', 'mts', 'cts'].flatMap((extension) => [
  `server.${extension}`,
  `server/index.${extension}`,
])

/** A program in a script of package.json. */
const program =
  /(?:^|[\s/])(?:node|tsx|ts-node|nodemon|bun)\s+(?:-\S+\s+)*(\S+\.[cm]?[jt]s)(?=\s|$)/g
/** An import of the package's main module. */
const importsNext = /(?:\bfrom\s*|\bimport\s*|\b(?:require|import)\s*\(\s*)['"]next['"]/

/** Returns the file of the custom server, relative to the project; null if there is none. */
export function findCustomServer(root: string): string | null {
  const started = [...scriptsOf(root)].flatMap((script) =>
    [...script.matchAll(program)].map(([, file = '']) => file.replace(/^\.\//, '')),
  )
  const candidates = [...new Set([...started, ...usualFiles])]
  return candidates.find((file) => importsNext.test(textOf(join(root, file)))) ?? null
}

function scriptsOf(root: string): string[] {
  try {
    const text = readFileSync(join(root, 'package.json'), 'utf8')
    const { scripts = {} } = JSON.parse(text) as { scripts?: Record<string, unknown> }
    return Object.values(scripts).map(String)
  } catch {
    return []
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
