/**
 * The command `millrace` of the npm package: finds the executable for this platform and the Node.js
 * that is to run the routes, and replaces this process with the executable.
 */
import { messageOf } from './message.ts'
import { chooseNode } from './node_choice.ts'
import { findPackage, pinnedNode } from './platform_package.ts'
import { projectFolder, wishesOf } from './project.ts'
import { replaceProcess } from './replace_process.ts'

/** The commands that run Node.js; the others need none. */
const running = new Set(['dev', 'build', 'start', 'verify', 'doctor'])

/** Adds the choice of Node.js, unless the user has named one. */
function environment(args: readonly string[], folder: string): NodeJS.ProcessEnv {
  const given = args.some((arg) => arg === '--node' || arg.startsWith('--node='))
  if (given || process.env['MILLRACE_NODE']) return process.env
  const choice = chooseNode({
    started: { path: process.execPath, version: process.versions.node },
    pinned: pinnedNode(folder),
    wishes: wishesOf(projectFolder(args)),
  })
  if (running.has(args[0] ?? '')) {
    for (const note of choice.notes) process.stderr.write(`note: ${note}\n`)
  }
  return { ...process.env, MILLRACE_NODE: choice.path }
}

try {
  const args = process.argv.slice(2)
  const { folder, program } = findPackage()
  replaceProcess(program, args, environment(args, folder))
} catch (error) {
  process.stderr.write(`error: ${messageOf(error)}\n`)
  process.exitCode = 1
}
