// Lists the files that belong to the repository, for the other checks: those that git tracks or
// would add.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Returns the paths, relative to the repository, whose name matches the pattern. */
export function files(pattern) {
  const listed = execFileSync(
    'git',
    ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  return listed.split('\0').filter((path) => path !== '' && pattern.test(path) && existsSync(path))
}

/**
 * Returns a file's text without its comments and without the content of literals; line numbers are
 * kept.
 */
export function bareCode(path) {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"(\w*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g
  return readFileSync(path, 'utf8').replace(token, (found) => {
    const lines = found.replace(/[^\n]/g, '')
    return found.startsWith('/') ? lines : `""${lines}`
  })
}

/** Prints the faults and exits with 1 if there are any. */
export function report(faults) {
  for (const fault of faults) console.error(fault)
  process.exit(faults.length > 0 ? 1 : 0)
}
