/**
 * Tests what a faulty page of either router does to a server: it costs its own requests and those
 * in the same worker, and none for prerendered pages and chunks. docs/faults.md has the table.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { copyOfFixture } from '../e2e/support/whole_app.ts'
import { markerOf } from './support/marker.ts'
import { type Fault, faultTests } from './support/suite.ts'

/**
 * By name, in an order in which no page ends three workers in a row: it would be put into
 * quarantine.
 */
const kinds: Readonly<
  Record<string, { page: 'faults' | 'endless'; status: number; end?: RegExp }>
> = {
  exit: { page: 'faults', status: 502, end: /exit code 0; / },
  throws: { page: 'faults', status: 500 },
  abort: { page: 'faults', status: 502, end: /signal 6 \(Aborted\); / },
  leak: { page: 'faults', status: 502, end: /killed: memory limit.*/ },
  loop: { page: 'endless', status: 504, end: /killed: blocked.*/ },
  never: { page: 'endless', status: 504 },
}

const faults: Record<string, Fault> = {}
const targets = new Map<string, string>()
for (const [router, prefix] of [
  ['app', ''],
  ['pages', 'old-'],
]) {
  for (const [kind, { page, status, end }] of Object.entries(kinds)) {
    const name = `${router}-${kind}`
    const path = `/${prefix}${page}/${kind}`
    targets.set(name, `${path}?marker=${encodeURIComponent(markerOf(name))}`)
    const death = end && new RegExp(`${end.source}in flight: .*/${prefix}${page}/`)
    faults[name] = death ? { status, death } : { status }
  }
}

/** A prerendered page of each router and its payload, and a chunk. */
function unaffected(directory: string): readonly string[] {
  const [chunk] = readdirSync(join(directory, '.millrace/current/static/chunks'))
  return [
    '/news',
    '/posts/first',
    '/old/stat',
    '/_next/data/fixed/old/stat.json',
    `/_next/static/chunks/${chunk}`,
  ]
}

faultTests({
  faults,
  prepare: (settings) => copyOfFixture('pages', settings),
  target: (fault) => targets.get(fault)!,
  quiet: ['/dynamic', '/old/served'],
  unaffected,
  memory: '384MB',
  calmRequests: 50,
})
