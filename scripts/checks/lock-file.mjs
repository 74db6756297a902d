// Checks package-lock.json: it contains no registry's URL, and it lists every optional package of
// every platform, without which `npm ci` rejects it (npm leaves out those that the current registry
// did not offer).
//
//   node scripts/checks/lock-file.mjs [--fix]       --fix: adds missing platform packages

import { readFileSync, writeFileSync } from 'node:fs'

const text = readFileSync('package-lock.json', 'utf8')
const lock = JSON.parse(text)
const packages = lock.packages
const faults = []
const added = []

for (const [path, entry] of Object.entries(packages)) {
  if (entry.resolved && !entry.link)
    faults.push(`${path} has a URL in "resolved": ${entry.resolved}`)
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (
      Object.keys(packages).some(
        (other) => other === `node_modules/${name}` || other.endsWith(`/node_modules/${name}`),
      )
    )
      continue
    const [, os, cpu] =
      /-(aix|android|darwin|freebsd|linux|netbsd|openbsd|sunos|win32)-(\w+)/.exec(name) ?? []
    if (process.argv.includes('--fix') && os) {
      const dev = entry.dev ? { dev: true } : {}
      packages[`node_modules/${name}`] = { version, cpu: [cpu], ...dev, optional: true, os: [os] }
      added.push(name)
    } else {
      faults.push(
        `${name} ${version}, optional for ${path}, is missing. Run: node scripts/checks/lock-file.mjs --fix`,
      )
    }
  }
}
if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  console.log(`added ${added.join(', ')}`)
}
for (const fault of faults) console.error(`package-lock.json: ${fault}`)
process.exit(faults.length > 0 ? 1 : 0)
