/**
 * Makes another build of a project with pages out of its current one, for tests of deploys: a
 * `next build` takes many seconds. The server sees a build with its own name, chunks and texts.
 */
import {
  cpSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'

/**
 * Makes build `number` and makes it current. Every chunk gets another name, as if all code had
 * changed.
 * @param texts are replaced in all files; a text and its replacement are equally long.
 */
export function nextBuild(
  directory: string,
  number: number,
  texts: ReadonlyMap<string, string> = new Map(),
): void {
  const state = join(directory, '.millrace')
  const previous = basename(readlinkSync(join(state, 'current')))
  const id = previous.slice(previous.indexOf('-') + 1)
  const nextId = `${id.slice(0, -2)}${String(number).padStart(2, '0')}`
  const name = `${number}-${nextId}`
  const folder = join(state, 'builds', name)
  cpSync(join(state, 'builds', previous), folder, {
    recursive: true,
    filter: (path) => !/\/(?:cache|in-use)$/.test(path),
  })
  const chunks = join(folder, 'static/chunks')
  const replacements = new Map([[previous, name], [id, nextId], ...texts])
  for (const chunk of readdirSync(chunks)) {
    const stem = /^(.*)\.(?:js|css)$/.exec(chunk)?.[1]
    if (stem !== undefined)
      replacements.set(stem, `${stem.slice(0, -2)}${String(number).padStart(2, '0')}`)
  }
  for (const [text, replacement] of replacements)
    if (text.length !== replacement.length) throw new Error(`'${text}': '${replacement}' is longer`)
  const pattern = new RegExp([...replacements.keys()].map(escaped).join('|'), 'g')
  const replaced = (text: string) => text.replace(pattern, (found) => replacements.get(found)!)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    // One character is one byte, so that files of any kind stay what they are.
    const content = readFileSync(file, 'latin1')
    const changed = replaced(content)
    if (changed !== content) writeFileSync(file, changed, 'latin1')
    if (entry.parentPath === chunks) renameSync(file, join(chunks, replaced(entry.name)))
  }
  const link = join(state, 'next')
  symlinkSync(`builds/${name}`, link)
  renameSync(link, join(state, 'current'))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
