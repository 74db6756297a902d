// Checks whether node_modules matches package-lock.json; scripts/setup runs it.
//
//   node scripts/checks/npm-installed.mjs [0|1]      1: without the devDependencies
//
// Exits with 0 if it does; otherwise prints the first difference and exits with 1. Runs under any
// node since 16: the one that came with npm.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const withoutDev = process.argv[2] === '1'
const wanted = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
const installed = JSON.parse(readFileSync('node_modules/.package-lock.json', 'utf8')).packages

/**
 * Whether a package's `os` or `cpu`, a string or a list in which "!x" excludes x, admits a value.
 */
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
  // An optional package may be missing for a reason that the lock file does not state.
  if (!found && entry.optional && !entry.os && !entry.cpu) continue
  if (found?.version !== entry.version || !existsSync(join(path, 'package.json'))) {
    console.log(
      `setup: ${path} ${entry.version} is wanted, ${found?.version ?? 'nothing'} is installed`,
    )
    process.exit(1)
  }
}
