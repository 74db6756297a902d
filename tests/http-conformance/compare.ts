/**
 * Sends all cases to Millrace, node:http and nginx, and prints the table of docs/security.md.
 *
 *     node tests/http-conformance/compare.ts
 */
import { caseLists } from './cases.ts'
import { fault, observe } from './observe.ts'
import { hasNginx } from '../e2e/support/nginx.ts'
import { startMillrace, startNginx, startNode } from './servers.ts'

/** Milliseconds after which a server that should respond counts as hung. */
const timeout = 3000

if (!hasNginx)
  throw new Error('nginx is not installed. Run scripts/setup, or: apt-get install nginx-light')

const lists = caseLists()
const rows: string[] = []
const failures: string[] = []
for (const start of [startMillrace, startNode, startNginx]) {
  const server = await start()
  const cells: string[] = []
  for (const { name, cases } of lists) {
    const failed: string[] = []
    for (const one of cases) {
      const problem = fault(one, await observe(server.port, one, timeout))
      if (problem === null) continue
      failed.push(one.id)
      console.error(`${server.name}: ${name}: ${one.id}: ${problem}`)
    }
    cells.push(`${cases.length - failed.length} / ${cases.length}`)
    if (failed.length > 0) failures.push(`- ${server.name}, ${name}: ${failed.join(', ')}`)
  }
  rows.push(`| ${server.name} | ${cells.join(' | ')} |`)
  await server.stop()
}
console.log(`| | ${lists.map(({ name }) => name).join(' | ')} |`)
console.log(`| --- |${' --- |'.repeat(lists.length)}`)
console.log(`${rows.join('\n')}\n\nFailed:\n\n${failures.join('\n')}`)
