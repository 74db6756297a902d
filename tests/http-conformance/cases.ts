/**
 * The cases, which are data: `cases/*.json`, each with what the RFCs let a server answer. README.md
 * describes the format.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One way to answer that is right. What is left out may be anything. */
export interface Outcome {
  /** Of each response, a regular expression for all three digits. */
  readonly status?: string
  /** How many responses come; 1 where it is left out. */
  readonly count?: number
  /** Whether the server ends the connection after them. */
  readonly end?: boolean
  /** The body of the first response, which is the request's own. */
  readonly body?: string
  /** Fields that the first response has, or has not, in lower case. */
  readonly has?: readonly string[]
  readonly hasNot?: readonly string[]
  /** How many interim responses come. */
  readonly interim?: number
  /** The connection ends without a response. */
  readonly closed?: boolean
  /** Nothing comes while the client has not ended its side. */
  readonly silent?: boolean
}

export interface Case {
  readonly id: string
  /** The same case in another list. */
  readonly see?: string
  /** The RFC and its section. */
  readonly rfc: string
  /**
   * Bytes as latin1: one character, one byte. Of several pieces, each goes when the server has had
   * time to look at the one before.
   */
  readonly send: string | readonly string[]
  /** The first request is HEAD. */
  readonly head?: boolean
  /** More would have to come. */
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

/** All lists, by name. */
export function caseLists(): CaseList[] {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
  return files.map((file) => ({
    name: file.slice(0, -'.json'.length),
    ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Omit<CaseList, 'name'>),
  }))
}
