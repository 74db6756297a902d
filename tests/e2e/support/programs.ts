/** Programs that stand in for those of a reader's machine, so that documents need no network. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryDirectory } from './project.ts'
import { binary, repository } from './server.ts'

/**
 * Installs what the repository has: links to its packages instead of copies from a registry, and
 * the executable under test as the package `millrace`. Everything else is npm's own work.
 */
const npm = `
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
const [command, ...words] = process.argv.slice(2)
if (!['install', 'i', 'ci', 'uninstall'].includes(command)) {
  const path = process.env.PATH.split(':').slice(1).join(':')
  const { status, signal } = spawnSync('npm', [command, ...words], { stdio: 'inherit', env: { ...process.env, PATH: path } })
  if (signal) process.kill(process.pid, signal)
  process.exit(status)
}
const file = 'package.json'
const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
const kind = words.some((word) => word === '-D' || word === '--save-dev') ? 'devDependencies' : 'dependencies'
const named = words.filter((word) => !word.startsWith('-'))
const names = named.length > 0 ? named : Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
const link = (path, target) => {
  if (!existsSync(target)) throw new Error(target + ' does not exist')
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  symlinkSync(target, path)
}
for (const name of names) {
  const folder = join('node_modules', name)
  if (command === 'uninstall') {
    rmSync(folder, { recursive: true, force: true })
    delete manifest.dependencies?.[name]
    delete manifest.devDependencies?.[name]
    continue
  }
  let about
  if (name === 'millrace') {
    about = { name, version: '0.0.0', bin: BINARY, exports: { './types': { types: './types/next.d.ts' } } }
    link(join(folder, 'types'), join(REPOSITORY, 'runtime/types'))
    writeFileSync(join(folder, 'package.json'), JSON.stringify(about))
  } else {
    link(folder, join(REPOSITORY, 'node_modules', name))
    about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  }
  const programs = typeof about.bin === 'string' ? { [name]: about.bin } : about.bin ?? {}
  for (const [program, path] of Object.entries(programs)) {
    link(join('node_modules/.bin', program), resolve(folder, path))
  }
  if (named.length > 0) manifest[kind] = { ...manifest[kind], [name]: about.version }
}
writeFileSync(file, JSON.stringify(manifest, null, 2) + '\\n')
console.log('added ' + names.length + ' packages in 1s')
`

const npx = `
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
const [name, ...words] = process.argv.slice(2)
const own = { 'create-next-app@latest': 'create-next-app/dist/index.js', next: 'next/dist/bin/next' }
const offline = ['--use-npm', '--skip-install', '--disable-git', '--no-agent-feedback']
const [program, args] = name in own
  ? [process.execPath, [join(REPOSITORY, 'node_modules', own[name]), ...words, ...(name === 'next' ? [] : offline)]]
  : [join('node_modules/.bin', name), words]
if (!existsSync(program)) throw new Error(name + ' is not installed')
const { status, signal } = spawnSync(program, args, { stdio: 'inherit' })
if (signal) process.kill(process.pid, signal)
process.exit(status)
`

/** Returns a folder for the beginning of PATH, with `npm` and `npx`. */
export function standInPrograms(): string {
  const folder = temporaryDirectory()
  for (const [name, source] of Object.entries({ npm, npx })) {
    const text = source
      .replaceAll('BINARY', JSON.stringify(binary()))
      .replaceAll('REPOSITORY', JSON.stringify(repository))
    writeFileSync(join(folder, `${name}.mjs`), text)
    const command = `#!/bin/sh\nexec "${process.execPath}" "${folder}/${name}.mjs" "$@"\n`
    writeFileSync(join(folder, name), command, { mode: 0o755 })
  }
  return folder
}
