/** Finds the package with the executable for this platform, and says why there is none. */
import { chmodSync, constants, accessSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { platforms } from '../platforms.ts'
import type { Node } from './node_choice.ts'

export interface PlatformPackage {
  readonly folder: string
  /** The executable. */
  readonly program: string
}

/** @throws Error for the user that says why there is no executable. */
export function findPackage(): PlatformPackage {
  const platform = `${process.platform}-${process.arch}`
  if (!platforms.includes(platform)) {
    throw new Error(
      `Millrace runs on Linux (${platforms.join(', ')}); this is ${platform}. On other systems, run it in a container of Linux.`,
    )
  }
  const name = `@millrace/${platform}`
  const folder = folderOf(name, import.meta.url)
  if (folder === null) {
    throw new Error(
      `the package ${name}, with Millrace's executable for this platform, is not installed. Optional dependencies were left out ("npm install --include=optional" installs them), or the lock file was written on another platform: delete node_modules and package-lock.json, and install again.`,
    )
  }
  if (usesMusl()) {
    throw new Error(
      'Millrace needs glibc 2.36 or newer; this system has musl, as Alpine Linux. Use an image of Debian, such as node:24-bookworm-slim.',
    )
  }
  const program = join(folder, 'bin/millrace')
  makeExecutable(program)
  return { folder, program }
}

/** Returns the Node.js that is installed with the platform's package; null if it was left out. */
export function pinnedNode(packageFolder: string): Node | null {
  const folder = folderOf(
    `@millrace/node-${process.platform}-${process.arch}`,
    join(packageFolder, 'package.json'),
  )
  if (folder === null) return null
  const path = join(folder, 'bin/node')
  if (!existsSync(path)) return null
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  return { path, version: (JSON.parse(text) as { version: string }).version }
}

function folderOf(name: string, from: string): string | null {
  try {
    return dirname(createRequire(from).resolve(`${name}/package.json`))
  } catch {
    return null
  }
}

/** Some tools that unpack packages drop the permission. */
function makeExecutable(program: string): void {
  try {
    accessSync(program, constants.X_OK)
  } catch {
    chmodSync(program, 0o755)
  }
}

function usesMusl(): boolean {
  try {
    return readdirSync('/lib').some((name) => name.startsWith('ld-musl-')) && !hasGlibc()
  } catch {
    return false
  }
}

/** Whether Node.js itself runs on glibc. */
function hasGlibc(): boolean {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean }
  report.excludeNetwork = true
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime !== undefined
}
