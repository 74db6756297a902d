/** Reads the messages, which are data: `messages/*.json`. README.md describes the format. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What may become of a message that is sent to Millrace directly; README.md defines the words. */
export type Fate =
  | 'refused'
  | 'one'
  | 'two'
  | 'three'
  | 'ten'
  | 'own'
  | 'any'
  | 'failed'
  | 'incomplete'
  | 'own-then-one'
  | 'one-then-refused'

export interface Message {
  readonly id: string
  /** The RFC and its section. */
  readonly rfc: string
  /** Bytes as latin1. `{id}` stands for four characters, by which the requests are recognised. */
  readonly send: string
  /** One of them must hold. */
  readonly direct: readonly Fate[]
  /** The length of the body of its first request, if the application gets it. */
  readonly length?: number
  /** Its first request is HEAD. */
  readonly head?: boolean
  /** A server that takes it for HTTP/0.9 responds without a head. */
  readonly bare?: boolean
}

/** A file of messages. */
export interface Group {
  /** The file's name without `.json`. */
  readonly name: string
  readonly about: string
  readonly messages: readonly Message[]
}

const folder = join(import.meta.dirname, 'messages')

/** Returns all groups, by name. */
export function groups(): Group[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.json'.length),
      ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<Group, 'name'>),
    }))
}

/** A request over HTTP/2 that does harm if it is written as HTTP/1.1 without a check. */
export interface Downgrade {
  readonly id: string
  readonly rfc: string
  /** Names and values in order, pseudo-fields first unless the order is the fault; latin1. */
  readonly fields: readonly (readonly [string, string])[]
  readonly body: string
  /** `malformed`: the stream is reset, or the status is 400. */
  readonly must: 'malformed' | 'one'
}

/** Returns the requests of `downgrades.json`. */
export function downgrades(): readonly Downgrade[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'downgrades.json'), 'utf8')).requests
}
