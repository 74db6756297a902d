// Provides what the generators share: they write files that are kept in the repository, or, with
// `--check`, report those that are out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Returns the first line of a generated file, without its comment sign. */
export function notice(source, command) {
  return `Generated from ${source} by \`${command}\`. Do not edit.`
}

/**
 * Returns the text of a document with new content between `<!-- NAME -->` and `<!-- /NAME -->`.
 * @throws {Error} if the document has no such section.
 */
export function withSection(document, name, content) {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`]
  const from = document.indexOf(begin)
  const to = document.indexOf(end, from)
  if (from < 0 || to < 0) throw new Error(`expected ${begin.trim()} and ${end}, each on its line`)
  return `${document.slice(0, from + begin.length)}\n${content.trim()}\n\n${document.slice(to)}`
}

/**
 * Writes `files`, by path in the repository: the complete text, or an object with the content of
 * each of its sections (see {@link withSection}). With `--check` among the program's arguments it
 * writes nothing. Exits the process: with 1 if a file is out of date.
 */
export function writeGenerated(source, command, files) {
  const check = process.argv.includes('--check')
  let stale = false
  for (const [path, wanted] of Object.entries(files)) {
    const file = join(root, path)
    const now = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const text =
      typeof wanted === 'string'
        ? wanted
        : Object.entries(wanted).reduce((all, [name, content]) => {
            try {
              return withSection(all, name, content)
            } catch (error) {
              throw new Error(`${path}: ${error.message}`)
            }
          }, now)
    if (text === now) continue
    if (check) {
      console.error(`${path}: out of date with ${source}; run: ${command}`)
      stale = true
    } else {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }
  process.exit(stale ? 1 : 0)
}
