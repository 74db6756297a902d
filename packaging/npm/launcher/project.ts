/** Reads which Node.js a project asks for. */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import validRange from 'semver/ranges/valid.js'
import type { Wish } from './node_choice.ts'

/** Returns the folder that the command line names, by default the current one. */
export function projectFolder(args: readonly string[]): string {
  const folder = args.slice(1).find((arg) => !arg.startsWith('-') && isFolder(arg))
  return resolve(folder ?? '.')
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Releases with long-term support that `.nvmrc` can name. */
const lines: Readonly<Record<string, string>> = {
  hydrogen: '18',
  iron: '20',
  jod: '22',
  krypton: '24',
}

/** Returns what the files of the project and of the folders above it state. */
export function wishesOf(project: string): Wish[] {
  const wishes: Wish[] = []
  const add = (source: string, text: unknown, range = text): void => {
    if (typeof text === 'string' && typeof range === 'string' && validRange(range) !== null)
      wishes.push({ source, text, range })
  }
  for (const name of ['.nvmrc', '.node-version']) {
    const text = nearest(project, name)
    if (text !== null) add(name, firstWord(text), rangeOf(firstWord(text)))
  }
  const manifest = objectOf(nearest(project, 'package.json') ?? '')
  const engines = manifest['engines']
  add('engines of package.json', objectOf(engines)['node'])
  add('volta of package.json', objectOf(manifest['volta'])['node'])
  const runtimes: unknown = objectOf(manifest['devEngines'])['runtime']
  for (const runtime of [runtimes].flat()) {
    const { name, version } = objectOf(runtime)
    if (name === 'node') add('devEngines of package.json', version)
  }
  return wishes
}

/** Without comments, which nvm permits. */
function firstWord(text: string): string {
  return text.replace(/#.*/g, '').trim().split(/\s+/, 1)[0] ?? ''
}

/** Returns the range for a word of `.nvmrc`; any version for names that are no version. */
function rangeOf(word: string): string {
  const line = /^lts\/(\w+)$/.exec(word)?.[1]
  if (line !== undefined) return lines[line.toLowerCase()] ?? '*'
  return /^v?\d/.test(word) ? word.replace(/^v/, '') : '*'
}

/** Returns the text of the file in the folder or the closest one above it, or null. */
function nearest(folder: string, name: string): string | null {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    const above = dirname(folder)
    return above === folder ? null : nearest(above, name)
  }
}

/** Returns the object, or that of a JSON text; an empty one if it is something else. */
function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  if (typeof value !== 'string' || value === '') return {}
  try {
    return objectOf(JSON.parse(value) as object)
  } catch {
    return {}
  }
}
