// Tells whether node_modules holds what package-lock.json says; scripts/setup asks.
//
//   node scripts/checks/npm-installed.mjs [0|1]      1: without the devDependencies
//
// Exits with 0 where it does, else prints the first difference and exits with 1. Runs under any
// node since 16: the one that came with npm.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const withoutDev = process.argv[2] === '1'
const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
const installed = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages

/** Whether a package's `os` or `cpu`, a text or a list where "!x" forbids x, admits a value. */
const admits = (wanted, value) => {
  const list = [wanted ?? []].flat()
  if (list.includes(`!${value}`)) return false
  return list.every((item) => item.startsWith('!')) || list.includes(value)
}

for (const [path, entry] of Object.entries(wanted)) {
  if (path === '' || entry.link) continue
  if (withoutDev && (entry.dev || entry.devOptional)) continue
  if (!admits(entry.os, process.platform) || !admits(entry.cpu, process.arch)) continue
  if (!admits(entry.libc, 'glibc')) continue
  const found = installed[path]
  // An optional package may rightly be left out for a reason not written in the lock.
  if (!found && entry.optional && !entry.os && !entry.cpu) continue
  if (found?.version !== entry.version || !existsSync(join(path, 'package.json'))) {
    console.log(
      `setup: ${path} ${entry.version} is wanted, ${found?.version ?? 'nothing'} is installed`,
    )
    process.exit(1)
  }
}
