/** Finds what the files of an installation are made of: libraries of Debian and npm packages. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Something of other authors that is contained in an installation. */
export interface Part {
  readonly name: string
  readonly version: string
  /** An SPDX licence expression. */
  readonly license: string
  /** A package URL: "pkg:deb/debian/zlib1g-dev@1.2.13". */
  readonly url: string
  /** How it is contained: "linked into bin/millrace". */
  readonly contained: string
}

/** Licences of the Debian packages whose archives or headers are compiled in. */
const licenses: Readonly<Record<string, string>> = {
  'libboost-container1.81-dev': 'BSL-1.0',
  'libboost-json1.81-dev': 'BSL-1.0',
  'libboost1.81-dev': 'BSL-1.0',
  'libbrotli-dev': 'MIT',
  'libcli11-dev': 'BSD-3-Clause',
  'libfmt-dev': 'MIT',
  'libidn2-dev': 'LGPL-3.0-or-later OR GPL-2.0-or-later',
  'libnghttp2-dev': 'MIT',
  'libpcre2-dev': 'BSD-3-Clause',
  'libseccomp-dev': 'LGPL-2.1-only',
  'libspdlog-dev': 'MIT',
  'libssl-dev': 'Apache-2.0',
  'libstdc++-12-dev': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  'libgcc-12-dev': 'GPL-3.0-or-later WITH GCC-exception-3.1',
  'libtomlplusplus-dev': 'MIT',
  'libunistring-dev': 'LGPL-3.0-or-later OR GPL-2.0-or-later',
  'libzstd-dev': 'BSD-3-Clause OR GPL-2.0-only',
  'zlib1g-dev': 'Zlib',
}
/** Packages that leave no archive in the link: headers, and what the compiler adds itself. */
const compiledIn = [
  'libboost1.81-dev',
  'libcli11-dev',
  'libfmt-dev',
  'libspdlog-dev',
  'libtomlplusplus-dev',
  'libstdc++-12-dev',
  'libgcc-12-dev',
]

/**
 * Returns the packages of Debian that are linked into the executables of a build tree.
 * @throws Error if an archive belongs to a package without a known licence.
 */
export function debianParts(buildTree: string): Part[] {
  const rules = readFileSync(join(buildTree, 'build.ninja'), 'utf8')
  const found = [...rules.matchAll(/([\w./+-]*?)(\/usr\/lib\/[\w./+-]+\.a)\b/g)]
  if (found.length === 0) throw new Error(`${buildTree} is not a build with MILLRACE_PORTABLE`)
  const sysroot = found[0]![1]!
  const archives = new Set(found.map(([, , archive]) => archive!))
  const { ownerOf, versionOf } = sysroot === '' ? installed : packagesOf(sysroot)
  const owners = [...archives].map(ownerOf)
  return [...new Set([...owners, ...compiledIn])].sort().map((name) => {
    const license = licenses[name]
    if (license === undefined)
      throw new Error(`packaging/sbom/parts.ts has no licence for ${name}, which is linked in`)
    const version = versionOf(name)
    return {
      name,
      version,
      license,
      url: `pkg:deb/debian/${name}@${version}`,
      contained: 'linked into the executables',
    }
  })
}

const query = (args: readonly string[]): string =>
  execFileSync('dpkg-query', args, { encoding: 'utf8' })

/** Debian packages and their files. */
interface Packages {
  /** Returns the name of the package that has the archive, an absolute path. */
  ownerOf(archive: string): string
  versionOf(name: string): string
}

/** Those of this machine. */
const installed: Packages = {
  ownerOf: (archive) => query(['-S', archive]).split(':')[0]!,
  versionOf: (name) => query(['-W', '-f', '${Version}\n', name]).split('\n')[0]!,
}

/** Returns those that scripts/sysroot has unpacked. */
function packagesOf(sysroot: string): Packages {
  const table = (file: string): string[][] =>
    readFileSync(join(sysroot, file), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '))
  const versions = new Map(table('versions').map(([name, version]) => [name, version]))
  const owners = new Map(table('archives').map(([name, path]) => [path, name]))
  const find = (map: ReadonlyMap<string | undefined, string | undefined>, key: string): string => {
    const found = map.get(key)
    if (found === undefined) throw new Error(`${sysroot} does not list ${key}`)
    return found
  }
  return {
    ownerOf: (archive) => find(owners, archive),
    versionOf: (name) => find(versions, name),
  }
}

/** Returns the npm packages that are bundled into the JavaScript of `share/millrace`. */
export function bundledParts(share: string, root: string): Part[] {
  const names = new Set<string>()
  for (const file of readdirSync(share, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.mjs.map') || file.startsWith('node_modules/')) continue
    const map = JSON.parse(readFileSync(join(share, file), 'utf8')) as { sources: string[] }
    for (const source of map.sources) {
      const name = /.*\bnode_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(source)?.[1]
      if (name !== undefined) names.add(name)
    }
  }
  return [...names].sort().map((name) => npmPart(name, root, 'bundled into share/millrace'))
}

/** @throws Error if the package states no licence. */
export function npmPart(name: string, root: string, contained: string): Part {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  const { version, license } = JSON.parse(text) as { version: string; license?: string }
  if (license === undefined) throw new Error(`${name} states no licence in its package.json`)
  return { name, version, license, url: `pkg:npm/${name}@${version}`, contained }
}
