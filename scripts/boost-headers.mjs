// Copies the headers of Boost that the SDK's headers need, and those that the manual lets routes
// use, into an installation: routes then compile with the Boost that the SDK's library contains,
// whatever the machine has. `cmake --install` runs it.
//
//   node scripts/boost-headers.mjs --sdk sdk/include --from /usr/include --out DIR

import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { sdk: { type: 'string' }, from: { type: 'string' }, out: { type: 'string' } },
})
if (!values.sdk || !values.from || !values.out) {
  console.error('usage: boost-headers.mjs --sdk DIR --from DIR --out DIR')
  process.exit(2)
}

/** What docs/native.md lets routes include. */
const offered = ['boost/json.hpp', 'boost/describe.hpp', 'boost/asio.hpp']
/** Folders whose files are included by the names of macros, or depend on the compiler. */
const whole = ['boost/config', 'boost/predef', 'boost/asio', 'boost/json', 'boost/describe']
/** Headers for OpenSSL and Windows, and tables of the preprocessor for limits that nothing sets. */
const unused =
  /^boost\/asio\/(ssl\b|windows\/)|^boost\/winapi\/|^boost\/preprocessor\/.*limits\/.*_(512|1024)\.hpp$/

const included = /^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]/gm
const found = new Set()
const waiting = []

function visit(name) {
  if (found.has(name) || unused.test(name)) return
  // Not a header, or one of another system.
  if (!statSync(join(values.from, name), { throwIfNoEntry: false })?.isFile()) return
  found.add(name)
  waiting.push(name)
}

/** Returns the headers of Boost that a file includes, in any branch of its conditions. */
function includesOf(file, name) {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(included)].flatMap(([, path]) => {
    if (path.startsWith('boost/')) return [path]
    const beside = posix.join(posix.dirname(name), path)
    return name !== '' && existsSync(join(values.from, beside)) ? [beside] : []
  })
}

const headers = (folder) =>
  readdirSync(folder, { recursive: true }).filter((name) => /\.(hpp|h|ipp)$/.test(name))
for (const name of headers(values.sdk)) {
  for (const path of includesOf(join(values.sdk, name), '')) visit(path)
}
for (const name of offered) visit(name)
for (const folder of whole) {
  for (const name of headers(join(values.from, folder))) visit(`${folder}/${name}`)
}
for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
  for (const path of includesOf(join(values.from, name), name)) visit(path)
}

let bytes = 0
for (const name of found) {
  cpSync(join(values.from, name), join(values.out, name))
  bytes += statSync(join(values.from, name)).size
}
console.log(`${found.size} headers of Boost, ${Math.round(bytes / 1024)} KB, in ${values.out}`)
