/**
 * Makes a folder from which a build can be served without the project and its `node_modules`: the
 * build, `public/`, settings, and the files of packages that the build loads at run time.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import type { TracedFiles } from '../bundle/types.ts'
import type { ProjectConfig } from '../config/normalise.ts'
import { imageResponse, nextFiles, runtimeModules } from './next_files.ts'
import { externalsOf, PackageClosure, packageOf } from './packages.ts'
import { FileTree, isWithin } from './tree.ts'

/** The input of {@link makeStandalone}. */
export interface StandaloneRequest {
  /** Absolute real path of the project. */
  readonly root: string
  /** Absolute path of the folder of a complete build. */
  readonly outdir: string
  /** Absolute path of the folder to make. */
  readonly target: string
  readonly config: Partial<ProjectConfig>
  /** Of the entries of `next build`; null if it has not run. */
  readonly traced: TracedFiles | null
  /** The folder of the project's Next.js; null if it is not installed. */
  readonly next: string | null
}

/** The file that marks a folder that may be replaced. */
const marker = '.millrace/standalone.json'
/** Files of the project beside `public/`. As in Next.js, env files of one machine are left out. */
const projectFiles = ['package.json', 'millrace.toml', '.env', '.env.production']
/** What `next build` leaves in its output for later builds and for people. */
const leftOut = ['cache', 'diagnostics', 'trace', 'trace-build', 'turbopack', 'types']

/**
 * Makes the folder, or replaces it; {@link faultOfTarget} says whether it may.
 * @returns the folder to start, which is `target` unless files from outside the project are needed.
 * @throws Error if files cannot be copied.
 */
export async function makeStandalone(request: StandaloneRequest): Promise<string> {
  const { root, target, outdir } = request
  const tree = new FileTree()
  addTraced(tree, request)
  await addPackages(tree, request)
  addIncluded(tree, request)
  const base = tree.base(root)
  const draft = `${target}.draft`
  rmSync(draft, { recursive: true, force: true })
  const place = join(draft, relative(base, root))
  copyBuild(root, outdir, place)
  tree.copyTo(draft, base)
  mkdirSync(join(draft, '.millrace'), { recursive: true })
  writeFileSync(join(draft, marker), `${JSON.stringify({ build: basename(outdir) })}\n`)
  rmSync(target, { recursive: true, force: true })
  renameSync(draft, target)
  return join(target, relative(base, root))
}

/** Returns why the folder must not be made; null if it can be. */
export function faultOfTarget(root: string, target: string): string | null {
  if (isWithin(root, target))
    return `--standalone: ${target} contains the project; name another folder`
  if (!existsSync(target) || existsSync(join(target, marker))) return null
  if (readdirSync(target).length === 0) return null
  return `--standalone: ${target} exists and is not the result of an earlier --standalone; remove it, or name another folder`
}

function copyBuild(root: string, outdir: string, place: string): void {
  const name = basename(outdir)
  const build = join(place, '.millrace/builds', name)
  const unneeded = new Set([
    ...leftOut.map((path) => join(outdir, 'next', path)),
    join(outdir, 'cache'),
    join(outdir, 'in-use'),
  ])
  cpSync(outdir, build, {
    recursive: true,
    verbatimSymlinks: true,
    preserveTimestamps: true,
    filter: (path) => !unneeded.has(path),
  })
  symlinkSync(join('builds', name), join(place, '.millrace/current'))
  copyKey(join(root, '.millrace/preview.key'), join(place, '.millrace/preview.key'))
  for (const file of projectFiles)
    if (existsSync(join(root, file))) copyFileSync(join(root, file), join(place, file))
  if (existsSync(join(root, 'public')))
    cpSync(join(root, 'public'), join(place, 'public'), {
      recursive: true,
      dereference: true,
      preserveTimestamps: true,
    })
}

/** The build has been made with the key. */
function copyKey(file: string, target: string): void {
  if (!existsSync(file)) return
  copyFileSync(file, target)
  chmodSync(target, 0o600)
}

function addTraced(tree: FileTree, { root, outdir, traced }: StandaloneRequest): void {
  if (traced === null) return
  for (const [place, file] of Object.entries(traced.files)) {
    if (isWithin(file, outdir) || isWithin(file, join(root, '.millrace'))) continue
    tree.addAt(join(traced.root, place), file)
  }
}

async function addPackages(tree: FileTree, request: StandaloneRequest): Promise<void> {
  const { root, outdir, traced, next } = request
  const externals = externalsOf(outdir)
  const closure = new PackageClosure(tree)
  for (const name of externals.packages) closure.addNamed(name, root)
  for (const path of externals.files) {
    const file = join(root, path)
    const folder = packageOf(file)
    if (folder === null) tree.add(file)
    else if (basename(folder) !== 'next') closure.addFolder(folder)
  }
  if (next === null) return
  const modules = [...(traced === null ? [imageResponse] : runtimeModules), ...externals.next]
  for (const file of await nextFiles(root, next, modules)) tree.add(file)
  // The optimiser loads its library by a name that the tracer does not see.
  if (traced !== null) closure.addNamed('sharp', next)
  linkNext(tree, root, next)
}

/** Adds the link to the package, if it is one: entries find Next.js by its name. */
function linkNext(tree: FileTree, root: string, next: string): void {
  const place = join(root, 'node_modules/next')
  if (existsSync(place) && place !== next) tree.add(place)
}

/** Adds the files that `outputFileTracingIncludes` of next.config names, of any route. */
function addIncluded(tree: FileTree, { root, config }: StandaloneRequest): void {
  const includes = (config['outputFileTracingIncludes'] ?? {}) as Record<string, string[]>
  for (const pattern of Object.values(includes).flat())
    for (const path of globSync(pattern, { cwd: root, exclude: [`node_modules${sep}.cache`] }))
      tree.add(join(root, path))
}
