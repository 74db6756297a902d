/** The form of the cases: what a client sends, in steps, and what it must see then. */
import type { ErrorName, FlagName, TypeName } from './frames.ts'

export type Fields = readonly (readonly [string, string])[]

/** A frame to send. What is left out is 0 or empty. */
export interface SentFrame {
  readonly type: TypeName | number
  readonly flags?: readonly FlagName[]
  readonly stream?: number
  /** The payload: bytes in hexadecimal, or the fields of a block. */
  readonly hex?: string
  readonly fields?: Fields
  /** So many zero bytes after it. */
  readonly zeros?: number
  /** The length that the frame states, if it is not that of the payload. */
  readonly length?: number
}

/** A step of a client. */
export type Step =
  | SentFrame
  /** Bytes as they are. */
  | { readonly raw: string }
  /** Waits for a frame. */
  | { readonly wait: TypeName; readonly stream?: number; readonly flags?: readonly FlagName[] }

/** What the client must see after the last step. */
export type Expected =
  /** A GOAWAY with one of these codes, or the end of the connection. */
  | { readonly connection: readonly ErrorName[] }
  /** A RST_STREAM with one of these codes; a GOAWAY with one, or the end, is as good. */
  | { readonly stream: number; readonly error: readonly ErrorName[] }
  /** The end of a response with this status. */
  | { readonly response: number; readonly status?: number }
  /** A frame. */
  | {
      readonly frame: TypeName
      readonly stream?: number
      readonly flags?: readonly FlagName[]
      readonly hex?: string
      readonly length?: number
    }

export interface Case {
  /** Unique. */
  readonly id: string
  /** "9113 6.5.2". */
  readonly rfc: string
  /** Without the preface and SETTINGS, if it is false. */
  readonly handshake?: false
  /** The client's settings: identifier and value. */
  readonly settings?: readonly (readonly [number, number])[]
  readonly steps: readonly Step[]
  readonly expect: Expected
}

/** The fields of a request, with others in place of or after these. */
export function request(
  changes: Readonly<Record<string, string | null>> = {},
  more: Fields = [],
): Fields {
  const fields = {
    ':method': 'GET',
    ':scheme': 'http',
    ':path': '/small.txt',
    ':authority': 'localhost',
    ...changes,
  }
  const kept = Object.entries(fields).filter(
    (field): field is [string, string] => field[1] !== null,
  )
  return [...kept, ...more]
}

export const post = (more: Fields = []): Fields =>
  request({ ':method': 'POST', ':path': '/api/echo' }, more)

/** A whole GET request. */
export const get = (stream = 1, more: Fields = []): SentFrame => ({
  type: 'HEADERS',
  flags: ['END_STREAM', 'END_HEADERS'],
  stream,
  fields: request({}, more),
})

/** The head of a POST request, whose body follows. */
export const head = (stream = 1, more: Fields = []): SentFrame => ({
  type: 'HEADERS',
  flags: ['END_HEADERS'],
  stream,
  fields: post(more),
})
