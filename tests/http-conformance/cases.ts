/**
 * Reads the cases, which are data: `cases/*.json`, each with the behaviour that the RFCs allow.
 * README.md describes the format.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One allowed behaviour. A member that is absent allows anything. */
export interface Outcome {
  /** A regular expression that the status of each response matches completely. */
  readonly status?: string
  /** The number of responses; the default is 1. */
  readonly count?: number
  /** Whether the server closes the connection after them. */
  readonly end?: boolean
  /** The body of the first response, which is to the case's own request. */
  readonly body?: string
  /** Fields, in lower case, that the first response must have or must not have. */
  readonly has?: readonly string[]
  readonly hasNot?: readonly string[]
  /** The number of interim responses. */
  readonly interim?: number
  /** The connection is closed without a response. */
  readonly closed?: boolean
  /** The server sends nothing until the client closes its sending side. */
  readonly silent?: boolean
}

export interface Case {
  readonly id: string
  /** The name of the same case in another list. */
  readonly see?: string
  /** The RFC and its section. */
  readonly rfc: string
  /**
   * Bytes as latin1: one character is one byte. Each of several pieces is sent when the server has
   * had time to process the previous one.
   */
  readonly send: string | readonly string[]
  /** The first request is HEAD. */
  readonly head?: boolean
  /** The request is not complete. */
  readonly incomplete?: boolean
  /** One of them must hold. */
  readonly accept: readonly Outcome[]
}

/** A file of cases. */
export interface CaseList {
  /** The file's name without `.json`. */
  readonly name: string
  readonly about: string
  readonly cases: readonly Case[]
}

const folder = join(import.meta.dirname, 'cases')

/** Returns all lists, by name. */
export function caseLists(): CaseList[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
  return files.map((file) => ({
    name: file.slice(0, -'.json'.length),
    ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<CaseList, 'name'>),
  }))
}
