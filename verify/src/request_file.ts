/**
 * Reads requests from a text file in the format of editors' HTTP clients (`.http`, `.rest`):
 * messages in the syntax of RFC 9112, separated by lines that begin with `###`. docs/verify.md
 * describes the supported part of that format.
 */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Capture, Step } from './step.ts'

/** A request of the list, with its settings. */
export interface VerifyRequest {
  /** Its name in the report: its title, or else method and path as written. */
  readonly title: string
  readonly step: Step
  /** Patterns of differences that are allowed for this request alone. */
  readonly allow: readonly string[]
}

/** The requests of a file, and the names of values that each client generates. */
export interface RequestFile {
  readonly requests: readonly VerifyRequest[]
  /** Variables that represent a random UUID, a different one for each client. */
  readonly uuids: readonly string[]
}

/** An error in the file: the line, what was found, what was expected. */
export class RequestFileError extends Error {}

interface Block {
  readonly title: string
  readonly lines: readonly { readonly text: string; readonly number: number }[]
}

interface Draft {
  readonly title: string
  name: string | null
  anonymous: boolean
  readonly allow: string[]
  method: string
  path: string
  readonly headers: [string, string][]
  body: Buffer | null
}

function blocksOf(text: string): Block[] {
  const blocks: { title: string; lines: { text: string; number: number }[] }[] = [
    { title: '', lines: [] },
  ]
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const separator = /^###+(.*)$/.exec(line)
    if (separator) blocks.push({ title: separator[1]!.replace(/#+$/, '').trim(), lines: [] })
    else blocks.at(-1)!.lines.push({ text: line, number: index + 1 })
  }
  return blocks
}

/** Parses one file into requests. */
class Reader {
  readonly #path: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #variables = new Map<string, string>()
  readonly #uuids: string[] = []
  readonly #used = new Set<string>()

  constructor(path: string, environment: NodeJS.ProcessEnv) {
    this.#path = path
    this.#environment = environment
  }

  read(text: string): RequestFile {
    const drafts = blocksOf(text).flatMap((block) => this.#block(block) ?? [])
    if (drafts.length === 0)
      throw new RequestFileError(
        `${this.#path}: no request; expected a line such as GET /api/users`,
      )
    const named = new Map(
      drafts.flatMap((draft) =>
        draft.name === null ? [] : [[draft.name, new Map<string, Capture>()] as const],
      ),
    )
    for (const expression of this.#used) this.#capture(expression, named)
    return {
      requests: drafts.map((draft) => requestOf(draft, named.get(draft.name ?? '') ?? new Map())),
      uuids: this.#uuids,
    }
  }

  #fail(number: number, message: string): RequestFileError {
    return new RequestFileError(`${this.#path}:${number}: ${message}`)
  }

  /** Replaces every `{{…}}` that is known; values from responses remain. */
  #fill(text: string, number: number): string {
    return text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (match, expression: string) => {
      const [word = '', ...rest] = expression.split(/\s+/)
      if (word === '$guid' || word === '$uuid' || word === '$random.uuid') {
        const name = `$uuid-${this.#uuids.length + 1}`
        this.#uuids.push(name)
        return `{{${name}}}`
      }
      if (word === '$timestamp') return String(Math.floor(Date.now() / 1000))
      if (word === '$processEnv') {
        const value = this.#environment[rest[0] ?? '']
        if (value === undefined)
          throw this.#fail(number, `the environment has no variable ${rest[0] ?? '(no name)'}`)
        return value
      }
      if (
        /^\$uuid-\d+$/.test(expression) ||
        (expression === 'host' && !this.#variables.has('host'))
      )
        return match
      if (expression.includes('.')) {
        this.#used.add(expression)
        return `{{${expression}}}`
      }
      const value = this.#variables.get(expression)
      if (value === undefined)
        throw this.#fail(
          number,
          `nothing defines {{${expression}}}; expected @${expression} = … above, or NAME.response.body.$.path of a request with # @name NAME`,
        )
      return value
    })
  }

  /** Makes the named request capture the value of an expression from its response. */
  #capture(expression: string, named: ReadonlyMap<string, Map<string, Capture>>): void {
    const [, name = '', part, path = ''] =
      /^([\w-]+)\.response\.(body|headers)\.(.+)$/.exec(expression) ?? []
    const captures = named.get(name)
    if (part === undefined)
      throw new RequestFileError(
        `${this.#path}: {{${expression}}}: expected NAME.response.body.$.path or NAME.response.headers.Field`,
      )
    if (!captures)
      throw new RequestFileError(
        `${this.#path}: {{${expression}}}: no request has the line # @name ${name}`,
      )
    if (part === 'headers') captures.set(expression, { header: path.toLowerCase() })
    else if (path === '*') captures.set(expression, { match: /^[\s\S]*$/ })
    else
      captures.set(expression, {
        json: path
          .replace(/^\$\.?/, '')
          .replace(/\[['"]?([^\]'"]+)['"]?\]/g, '.$1')
          .replace(/^\./, ''),
      })
  }

  #block({ title, lines }: Block): Draft | null {
    const draft: Draft = {
      title,
      name: null,
      anonymous: false,
      allow: [],
      method: '',
      path: '',
      headers: [],
      body: null,
    }
    let at = 0
    for (; at < lines.length && draft.method === ''; at += 1)
      this.#before(draft, lines[at]!.text.trim(), lines[at]!.number)
    if (draft.method === '') return null
    for (; at < lines.length && /^\s+[?&]/.test(lines[at]!.text); at += 1)
      draft.path += this.#fill(lines[at]!.text.trim(), lines[at]!.number)
    for (; at < lines.length && lines[at]!.text.trim() !== ''; at += 1)
      this.#header(draft, lines[at]!.text, lines[at]!.number)
    this.#body(draft, lines.slice(at + 1))
    return draft
  }

  /** Handles a line above the request line, or the request line. */
  #before(draft: Draft, line: string, number: number): void {
    if (line === '') return
    const comment = /^(?:#|\/\/)\s*(.*)$/.exec(line)?.[1]
    if (comment !== undefined) {
      const [, directive, value = ''] = /^@([\w-]+)\s*=?\s*(.*)$/.exec(comment) ?? []
      if (directive === 'name') draft.name = value
      else if (directive === 'no-cookie-jar') draft.anonymous = true
      else if (directive === 'allow') draft.allow.push(value)
      return
    }
    const variable = /^@([\w-]+)\s*=\s*(.*)$/.exec(line)
    if (variable) {
      this.#variables.set(variable[1]!, this.#fill(variable[2]!, number))
      return
    }
    const [, method = 'GET', target = ''] =
      /^(?:([A-Z-]+)\s+)?(\S.*?)(?:\s+HTTP\/\d(?:\.\d)?)?$/.exec(line) ?? []
    const filled = this.#fill(target, number)
    // The servers are given on the command line.
    const path = filled.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '')
    const complete = path.startsWith('?') || path === '' ? `/${path}` : path
    if ((!complete.startsWith('/') && complete !== '*') || /\s/.test(complete))
      throw this.#fail(number, `"${line}" is not a request line; expected METHOD /path`)
    draft.method = method
    draft.path = Buffer.from(complete).toString('latin1')
  }

  #header(draft: Draft, line: string, number: number): void {
    if (/^\s*(#|\/\/)/.test(line)) return
    const colon = line.indexOf(':')
    if (colon < 1)
      throw this.#fail(
        number,
        `"${line}" is not a header field; expected Name: value, and an empty line before the body`,
      )
    draft.headers.push([
      line.slice(0, colon).trim(),
      Buffer.from(this.#fill(line.slice(colon + 1).trim(), number)).toString('latin1'),
    ])
  }

  #body(draft: Draft, lines: Block['lines']): void {
    const type = draft.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
    const multipart = /^multipart\//i.test(type)
    const pieces: Buffer[] = []
    const kept = [...lines]
    while (kept.length > 0 && kept.at(-1)!.text.trim() === '') kept.pop()
    for (const [index, { text, number }] of kept.entries()) {
      if (/^(>\s*\{%|<\s*\{%|>{1,2}!?\s|<>\s|<@)/.test(text))
        throw this.#fail(
          number,
          'scripts, responses kept in files and <@ are not understood here; take this line out',
        )
      const file = /^<\s+(.+)$/.exec(text)?.[1]
      pieces.push(
        file === undefined
          ? Buffer.from(this.#fill(text, number))
          : this.#included(file.trim(), number),
      )
      const form = /^application\/x-www-form-urlencoded/i.test(type)
      if (index + 1 < kept.length && !form) pieces.push(Buffer.from(multipart ? '\r\n' : '\n'))
    }
    if (multipart && pieces.length > 0) pieces.push(Buffer.from('\r\n'))
    draft.body = pieces.length > 0 ? Buffer.concat(pieces) : null
  }

  #included(file: string, number: number): Buffer {
    const path = resolve(dirname(this.#path), file)
    try {
      return readFileSync(path)
    } catch (error) {
      throw this.#fail(number, `the body's file cannot be read: ${(error as Error).message}`)
    }
  }
}

function requestOf(draft: Draft, capture: ReadonlyMap<string, Capture>): VerifyRequest {
  const { method, path, headers, body, anonymous } = draft
  const title = draft.title || draft.name || ''
  const step = {
    method,
    path,
    headers,
    body,
    chunked: false,
    raw: null,
    methods: [method],
    capture,
    anonymous,
  }
  return { title, step, allow: draft.allow }
}

/** Returns the requests of a file's text. Throws a RequestFileError that names the line. */
export function parseRequests(
  path: string,
  text: string,
  environment: NodeJS.ProcessEnv = {},
): RequestFile {
  return new Reader(path, environment).read(text)
}
