/**
 * Reads and writes the recorded responses of Next.js: one file per fixture, so that a run needs no
 * Next.js.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CaseFile, Fixture } from './cases.ts'
import type { Normal } from './normalize.ts'

interface Content {
  /** The versions that produced the record. */
  readonly by: string
  /** Responses by data file and case. */
  readonly answers: Record<string, Record<string, readonly Normal[]>>
}

/** The record of one fixture. */
export class RecordFile {
  readonly #path: string
  readonly #content: Content | null

  /** @param mode `start` and `dev` have records of their own. */
  constructor(folder: string, fixture: Fixture, mode: 'start' | 'dev') {
    this.#path = join(folder, `${fixture.name}${mode === 'dev' ? '.dev' : ''}.json`)
    this.#content = existsSync(this.#path)
      ? (JSON.parse(readFileSync(this.#path, 'utf8')) as Content)
      : null
  }

  /** Returns what Next.js responded. Throws if there is no record. */
  responses(file: CaseFile, name: string): readonly Normal[] {
    const responses = this.peek(file, name)
    if (!responses)
      throw new Error(
        `${this.#path} has no record of "${name}" of ${file.name}.json: record it with tests/conformance/run.ts --live`,
      )
    return responses
  }

  /** Returns the same, or undefined. */
  peek(file: CaseFile, name: string): readonly Normal[] | undefined {
    return this.#content?.answers[file.name]?.[name]
  }

  /** Replaces the record if it has changed. Returns whether it has. */
  write(by: string, answers: Content['answers']): boolean {
    const text = `${format({ by, answers })}\n`
    if (existsSync(this.#path) && readFileSync(this.#path, 'utf8') === text) return false
    mkdirSync(dirname(this.#path), { recursive: true })
    writeFileSync(this.#path, text)
    return true
  }
}

/** JSON with one line per response, so that a change shows as the affected lines. */
function format({ by, answers }: Content): string {
  const list = (items: readonly string[], indent: string) =>
    items.length === 0 ? '' : `\n${indent}${items.join(`,\n${indent}`)}\n${indent.slice(2)}`
  const files = Object.entries(answers).map(([file, cases]) => {
    const lines = Object.entries(cases).map(
      ([name, all]) =>
        `${JSON.stringify(name)}: [${list(
          all.map((response) => JSON.stringify(response)),
          '        ',
        )}]`,
    )
    return `${JSON.stringify(file)}: {${list(lines, '      ')}}`
  })
  return `{\n  "by": ${JSON.stringify(by)},\n  "answers": {${list(files, '    ')}}\n}`
}
