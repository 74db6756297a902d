// The files that belong to the repository, for the other checks: those git knows or would add.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** Paths, relative to the repository, whose name matches the pattern. */
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
 * A file's text without its comments and without what stands in its literals; lines stay where they
 * are.
 */
export function bareCode(path) {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"(\w*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'/g
  return readFileSync(path, 'utf8').replace(token, (found) => {
    const lines = found.replace(/[^\n]/g, '')
    return found.startsWith('/') ? lines : `""${lines}`
  })
}

/** Prints the faults and ends with 1 where there are any. */
export function report(faults) {
  for (const fault of faults) console.error(fault)
  process.exit(faults.length > 0 ? 1 : 0)
}
