/**
 * The user's compiler, the SDK beside this program, and the flags by which the one finds the other.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Mode } from '../base/phases.ts'
import { filesBelow } from './inputs.ts'
import { run } from './run.ts'
import { hashOf, Store, storeFolder } from './store.ts'
import type { NativeSettings } from './types.ts'

/** What lies beside the server. */
export interface Installation {
  /** Folder of the SDK's headers. */
  readonly include: string
  /** Folder of its library. */
  readonly lib: string
  /** The program that loads shared objects. */
  readonly worker: string
}

/** A compiler that is ready to be used for a project. */
export interface Toolchain {
  readonly compiler: string
  /** What everything that is compiled depends on: compiler, SDK, flags. */
  readonly identity: string
  /** Flags for each translation unit, the precompiled header among them. */
  readonly compile: readonly string[]
  /** All files below the folders of `[native] include`. */
  readonly searched: readonly string[]
  /** Flags behind the objects when a shared object is linked. */
  readonly link: readonly string[]
  readonly store: Store
}

const modeFlags: Record<Mode, readonly string[]> = {
  // Without names that are one in the whole process: a rebuilt route has statics of its own.
  development: ['-O0', '-g1'],
  production: ['-O2', '-g1', '-DNDEBUG'],
}
const commonFlags = ['-std=c++20', '-fPIC', '-Wall', '-Wextra']
/** Nobody reads more at once. */
const mostErrors = 20

/**
 * Finds what lies beside the server.
 * @param share its folder.
 * @throws Error where the installation is without it.
 */
export function findInstallation(share: string): Installation {
  const found = {
    include: join(share, 'sdk/include'),
    lib: join(share, 'sdk/lib'),
    worker: join(share, 'native/millrace-native-worker'),
  }
  for (const path of [join(found.include, 'millrace/route.hpp'), found.worker]) {
    if (!existsSync(path))
      throw new Error(
        `${path} is missing: this installation cannot build routes in C++; install it again`,
      )
  }
  return found
}

/**
 * Readies the compiler: precompiles the SDK's header where that was not done before.
 * @param onPrecompile is called when it has to be, since it takes long.
 * @throws Error that says what is missing, for the user.
 */
export async function prepareToolchain(
  installation: Installation,
  root: string,
  mode: Mode,
  settings: NativeSettings,
  onPrecompile: () => void = () => undefined,
): Promise<Toolchain> {
  const compiler = settings.compiler || process.env['CXX'] || 'c++'
  const version = await versionOf(compiler, root, settings)
  const packages = await flagsOfPackages(settings.pkg_config, root)
  const folders = includeFolders(root, settings.include)
  const gnu = version.includes('Free Software Foundation') ? ['-fno-gnu-unique'] : []
  const limit = /\bclang\b/.test(version)
    ? `-ferror-limit=${mostErrors}`
    : `-fmax-errors=${mostErrors}`
  const shared = [
    ...commonFlags,
    ...gnu,
    ...modeFlags[mode],
    '-isystem',
    installation.include,
    ...packages.compile,
    ...settings.flags,
  ]
  const sdk = await hashOfHeaders(installation.include)
  const identity = hashOf(version, sdk, ...shared)
  const store = new Store(storeFolder())
  const header = await precompile({
    compiler,
    shared,
    identity,
    store,
    root,
    flags: settings.flags,
    onPrecompile,
  })
  return {
    compiler,
    identity,
    compile: [
      ...shared,
      limit,
      ...folders.flatMap((folder) => ['-I', folder]),
      '-Winvalid-pch',
      '-include',
      header,
    ],
    searched: (await Promise.all(folders.map(filesBelow))).flat(),
    link: [
      // Such as -fsanitize=… and -flto, which both steps have to know.
      ...settings.flags,
      '-Wl,-z,defs',
      '-Wl,--as-needed',
      '-L',
      installation.lib,
      '-lmillrace_sdk',
      ...packages.link,
      ...settings.libraries.map((name) => `-l${name}`),
      '-lboost_json',
      '-lssl',
      '-lcrypto',
    ],
    store,
  }
}

/** Absolute. @throws Error for one that does not exist. */
function includeFolders(root: string, include: readonly string[]): string[] {
  return include.map((name) => {
    const folder = resolve(root, name)
    if (existsSync(folder)) return folder
    throw new Error(
      `millrace.toml: [native] include: ${JSON.stringify(name)} does not exist; expected a folder, absolute or relative to the project`,
    )
  })
}

async function versionOf(
  compiler: string,
  root: string,
  settings: NativeSettings,
): Promise<string> {
  try {
    const { code, stdout, stderr } = await run(compiler, ['--version'], root)
    if (code !== 0) throw new Error(`${compiler} --version failed: ${stderr.trim()}`)
    return stdout
  } catch (error) {
    const reason = (error as Error).message
    if (settings.compiler !== '') throw new Error(`millrace.toml: [native] compiler: ${reason}`)
    if (process.env['CXX'])
      throw new Error(
        `The environment variable CXX names the compiler for routes in C++: ${reason}. Change it, or name another in millrace.toml: [native] compiler = "…".`,
      )
    throw new Error(
      `Routes in C++ need a compiler: ${reason}. Install one (Debian: apt-get install g++ libboost-json1.81-dev libssl-dev), or name yours in millrace.toml: [native] compiler = "…".`,
    )
  }
}

async function flagsOfPackages(
  packages: readonly string[],
  root: string,
): Promise<{ compile: string[]; link: string[] }> {
  if (packages.length === 0) return { compile: [], link: [] }
  const ask = async (what: string): Promise<string[]> => {
    const { code, stdout, stderr } = await run('pkg-config', [what, ...packages], root)
    if (code !== 0) throw new Error(`millrace.toml: [native] pkg_config: ${stderr.trim()}`)
    return stdout.split(/\s+/).filter((flag) => flag !== '')
  }
  return { compile: await ask('--cflags'), link: await ask('--libs') }
}

/** All headers as one hash. */
async function hashOfHeaders(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => name.endsWith('.hpp'))
    .sort()
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return hashOf(...names, ...texts)
}

interface Precompiling {
  readonly compiler: string
  /** All flags that the header is compiled with. */
  readonly shared: readonly string[]
  readonly identity: string
  readonly store: Store
  readonly root: string
  /** Those of them that are the user's. */
  readonly flags: readonly string[]
  readonly onPrecompile: () => void
}

/** The path to `-include`: beside it lies what the compiler made of it. */
async function precompile({
  compiler,
  shared,
  identity,
  store,
  root,
  flags,
  onPrecompile,
}: Precompiling): Promise<string> {
  const name = `sdk-${identity}.hpp`
  if ((await store.has(name)) && (await store.has(`${name}.gch`))) return store.path(name)
  onPrecompile()
  await store.write(name, '#include <millrace/route.hpp>\n')
  const draft = await store.draft()
  const { code, stderr } = await run(
    compiler,
    [...shared, '-x', 'c++-header', store.path(name), '-o', draft],
    root,
  )
  if (code !== 0) {
    // Before it reads a header it looks at the flags, and ends if it does not know one.
    if (!/:\d+:\d+: |fatal error: .*file/.test(stderr) && flags.length > 0) {
      throw new Error(
        `millrace.toml: [native] flags: ${compiler} does not take ${flags.map((flag) => JSON.stringify(flag)).join(', ')}:\n${stderr.trimEnd()}`,
      )
    }
    throw new Error(
      `The headers of the SDK cannot be compiled with ${compiler}:\n${stderr}\nThey need Boost 1.81 or later (Debian: libboost-json1.81-dev).${flags.length > 0 ? ' The flags of millrace.toml, [native] flags, were among those it was called with.' : ''}`,
    )
  }
  await store.keep(draft, `${name}.gch`)
  return store.path(name)
}
