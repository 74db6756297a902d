/**
 * Prepares the user's compiler and the SDK beside this program, and determines the flags to compile
 * and link with.
 */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Mode } from '../base/phases.ts'
import { filesBelow } from './inputs.ts'
import { run } from './run.ts'
import { hashOf, Store, storeFolder } from './store.ts'
import type { NativeSettings } from './types.ts'

/** The files that are installed beside the server. */
export interface Installation {
  /** Folder of the SDK's headers. */
  readonly include: string
  /** Folder of the SDK's library. */
  readonly lib: string
  /**
   * Folder of the Boost that the SDK's library contains, or null if the machine's is to be used: in
   * a build tree.
   */
  readonly boost: string | null
  /** The program that loads shared objects. */
  readonly worker: string
}

/** A compiler that is ready for use with a project. */
export interface Toolchain {
  readonly compiler: string
  /** Identifies what every compilation depends on: compiler, SDK, flags. */
  readonly identity: string
  /** Flags for each translation unit, including the precompiled header. */
  readonly compile: readonly string[]
  /** What an editor has to know of them. */
  readonly editor: readonly string[]
  /** All files below the folders of `[native] include`. */
  readonly searched: readonly string[]
  /** Flags after the objects when a shared object is linked. */
  readonly link: readonly string[]
  readonly store: Store
}

const modeFlags: Record<Mode, readonly string[]> = {
  // For debuggers: each variable is where the source says.
  development: ['-O0', '-g'],
  production: ['-O2', '-g1', '-DNDEBUG'],
}
const commonFlags = ['-std=c++20', '-fPIC', '-Wall', '-Wextra']
/** Limit on the errors that the compiler prints. */
const maximumErrors = 20

/**
 * Finds the files that are installed beside the server.
 * @param share their folder.
 * @throws Error if a file is missing.
 */
export function findInstallation(share: string): Installation {
  const found = {
    include: join(share, 'sdk/include'),
    lib: join(share, 'sdk/lib'),
    boost: existsSync(join(share, 'sdk/boost')) ? join(share, 'sdk/boost') : null,
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
 * Prepares the compiler: precompiles the SDK's header if that has not been done before.
 * @param onPrecompile is called before that step, because it takes long.
 * @throws Error for the user that says what is missing.
 */
export async function prepareToolchain(
  installation: Installation,
  root: string,
  mode: Mode,
  settings: NativeSettings,
  onPrecompile: () => void = () => undefined,
): Promise<Toolchain> {
  const compiler = settings.compiler || process.env['CXX'] || 'c++'
  const version = await versionOf(compiler, root, settings, installation)
  const packages = await flagsOfPackages(settings.pkg_config, root)
  const folders = includeFolders(root, settings.include)
  const searchedFolders = folders.flatMap((folder) => ['-I', folder])
  // Without symbols that are unique per process: a rebuilt route has statics of its own.
  const gnu = version.includes('Free Software Foundation') ? ['-fno-gnu-unique'] : []
  const limit = /\bclang\b/.test(version)
    ? `-ferror-limit=${maximumErrors}`
    : `-fmax-errors=${maximumErrors}`
  const own = [
    '-isystem',
    installation.include,
    ...(installation.boost === null ? [] : ['-isystem', installation.boost]),
    ...packages.compile,
    ...settings.flags,
  ]
  const shared = [...commonFlags, ...gnu, ...modeFlags[mode], ...own]
  const sdk = await hashOfHeaders(installation.include)
  const identity = hashOf(version, sdk, await versionOfBoost(installation), ...shared)
  const store = new Store(storeFolder())
  const header = await precompile({
    compiler,
    shared,
    identity,
    store,
    root,
    flags: settings.flags,
    boost: installation.boost,
    onPrecompile,
  })
  return {
    compiler,
    identity,
    compile: [...shared, limit, ...searchedFolders, '-Winvalid-pch', '-include', header],
    editor: [...commonFlags, ...own, ...searchedFolders],
    searched: (await Promise.all(folders.map(filesBelow))).flat(),
    link: [
      // For example -fsanitize=… and -flto, which both steps need.
      ...settings.flags,
      '-Wl,-z,defs',
      '-Wl,--as-needed',
      '-L',
      installation.lib,
      '-lmillrace_sdk',
      ...packages.link,
      ...settings.libraries.map((name) => `-l${name}`),
      ...(installation.boost === null ? ['-lboost_json'] : []),
      ...(await openssl(compiler, root)),
    ],
    store,
  }
}

/** Returns absolute paths. @throws Error if a folder does not exist. */
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
  { boost }: Installation,
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
    const packages = boost === null ? 'g++ libboost-json1.81-dev libssl-dev' : 'g++'
    throw new Error(
      `Routes in C++ need a compiler: ${reason}. Install one (Debian: apt-get install ${packages}), or name yours in millrace.toml: [native] compiler = "…".`,
    )
  }
}

/** Returns flags for the libraries of OpenSSL that are installed: routes may use them. */
async function openssl(compiler: string, root: string): Promise<string[]> {
  const found = await Promise.all(
    ['ssl', 'crypto'].map(async (name) => {
      const { stdout } = await run(compiler, [`-print-file-name=lib${name}.so`], root)
      // The compiler prints the bare name of a file that it cannot find.
      return stdout.includes('/') ? [`-l${name}`] : []
    }),
  )
  return found.flat()
}

async function versionOfBoost({ boost }: Installation): Promise<string> {
  return boost === null ? '' : await readFile(join(boost, 'boost/version.hpp'), 'utf8')
}

async function flagsOfPackages(
  packages: readonly string[],
  root: string,
): Promise<{ compile: string[]; link: string[] }> {
  if (packages.length === 0) return { compile: [], link: [] }
  const query = async (what: string): Promise<string[]> => {
    const { code, stdout, stderr } = await run('pkg-config', [what, ...packages], root)
    if (code !== 0) throw new Error(`millrace.toml: [native] pkg_config: ${stderr.trim()}`)
    return stdout.split(/\s+/).filter((flag) => flag !== '')
  }
  return { compile: await query('--cflags'), link: await query('--libs') }
}

/** Returns one hash of all headers. */
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
  /** The user's flags among them. */
  readonly flags: readonly string[]
  readonly boost: string | null
  readonly onPrecompile: () => void
}

/** Returns the path for `-include`; the precompiled header is beside it. */
async function precompile({
  compiler,
  shared,
  identity,
  store,
  root,
  flags,
  boost,
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
    // The compiler checks its flags before it reads a header, and exits on an unknown one.
    if (!/:\d+:\d+: |fatal error: .*file/.test(stderr) && flags.length > 0) {
      throw new Error(
        `millrace.toml: [native] flags: ${compiler} does not accept ${flags.map((flag) => JSON.stringify(flag)).join(', ')}:\n${stderr.trimEnd()}`,
      )
    }
    const needed =
      boost === null
        ? 'Boost 1.81 or later (Debian: libboost-json1.81-dev)'
        : 'a compiler for C++20'
    throw new Error(
      `The headers of the SDK cannot be compiled with ${compiler}:\n${stderr}\nThey need ${needed}.${flags.length > 0 ? ' The flags of millrace.toml, [native] flags, were among those it was called with.' : ''}`,
    )
  }
  await store.keep(draft, `${name}.gch`)
  return store.path(name)
}
