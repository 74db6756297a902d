/** Request fields as node:http presents them in `headers`. */
export type IncomingFields = Record<string, string | string[] | undefined>

/** Fields of which node:http drops every line but the first. */
const singleFields = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

const lowerNames = new Map<string, string>()
const maxLowerNames = 512

/** Returns a name in lower case. Results are cached, because names repeat. */
export function lowerName(name: string): string {
  let lower = lowerNames.get(name)
  if (lower === undefined) {
    lower = name.toLowerCase()
    if (lowerNames.size < maxLowerNames && name.length <= 64) lowerNames.set(name, lower)
  }
  return lower
}

/** Calls `visit` for each `Name: value\r\n` line, with the value trimmed of spaces and tabs. */
export function eachField(block: string, visit: (name: string, value: string) => void): void {
  let at = 0
  while (at < block.length) {
    let end = block.indexOf('\r\n', at)
    if (end < 0) end = block.length
    const colon = block.indexOf(':', at)
    if (colon > at && colon < end) visit(block.slice(at, colon), trimBlanks(block, colon + 1, end))
    at = end + 2
  }
}

/**
 * Returns fields by lower-case name, with repeated ones joined as in node:http: the first of those
 * that may occur once, `; ` between cookies, an array for `set-cookie`, `, ` between others.
 */
export function joinFields(block: string): IncomingFields {
  const fields: IncomingFields = {}
  eachField(block, (name, value) => {
    const key = lowerName(name)
    const before = fields[key]
    if (key === 'set-cookie') {
      if (before === undefined) fields[key] = [value]
      else (before as string[]).push(value)
    } else if (typeof before !== 'string') fields[key] = value
    else if (key === 'cookie') fields[key] = `${before}; ${value}`
    else if (!singleFields.has(key)) fields[key] = `${before}, ${value}`
  })
  return fields
}

/** Returns the first value of the field with this lower-case name; undefined if there is none. */
export function findField(block: string, name: string): string | undefined {
  for (let at = 0; at < block.length; ) {
    let end = block.indexOf('\r\n', at)
    if (end < 0) end = block.length
    const colon = at + name.length
    if (block.charCodeAt(colon) === 0x3a && (block.charCodeAt(at) | 0x20) === name.charCodeAt(0)) {
      if (block.slice(at, colon).toLowerCase() === name) return trimBlanks(block, colon + 1, end)
    }
    at = end + 2
  }
  return undefined
}

/** Returns all values of each field, as node:http's `headersDistinct`. */
export function distinctFields(block: string): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null)
  eachField(block, (name, value) => (fields[lowerName(name)] ??= []).push(value))
  return fields
}

/** Returns names and values in turn, as received: node:http's `rawHeaders`. */
export function rawFieldList(block: string): string[] {
  const list: string[] = []
  eachField(block, (name, value) => list.push(name, value))
  return list
}

/** The facts about the connection that the `x-forwarded-*` fields tell. */
export interface Connection {
  readonly secure: boolean
  readonly remoteAddress: string
}

/** The port that the server listens on, read before the project's code can change the variable. */
const serverPort = process.env['PORT'] ?? null

/**
 * Adds the `x-forwarded-*` fields that Next.js passes to handlers, unless the request has them. The
 * server and the SDK do the same; protocol/cases/forwarded_fields.json tests all three.
 * @param port that the server listens on; null if it is unknown.
 */
export function addForwardedFields(
  fields: IncomingFields,
  connection: Connection,
  port: string | null = serverPort,
): void {
  const proto = fields['x-forwarded-proto']
  const secure =
    proto === undefined ? connection.secure : String(proto).split(',')[0]!.trim() === 'https'
  const host = fields['host'] as string | undefined
  fields['x-forwarded-host'] ??= host ?? 'localhost'
  fields['x-forwarded-port'] ??= port ?? /:(\d+)$/.exec(host ?? '')?.[1] ?? (secure ? '443' : '80')
  fields['x-forwarded-proto'] ??= secure ? 'https' : 'http'
  fields['x-forwarded-for'] ??= connection.remoteAddress
}

function trimBlanks(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) ++start
  while (end > start && isBlank(text.charCodeAt(end - 1))) --end
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

const ascii = /^[\0-\x7f]*$/

/**
 * Returns fields, as Latin-1, whose bytes are the UTF-8 of the given text: Next.js sends non-ASCII
 * text this way.
 */
export function fieldsInUtf8(fields: string): string {
  return ascii.test(fields) ? fields : Buffer.from(fields).toString('latin1')
}
