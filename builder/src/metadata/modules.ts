/**
 * Turns metadata files (robots, sitemap, manifest, icons …) into routes: an esbuild plugin that
 * wraps each in a module with a `GET` handler. The handlers are implemented in the runtime
 * (next/metadata_route).
 */
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { build, type Message, type Plugin } from 'esbuild'
import { throwing } from '../sources/source_files.ts'
import { canDraw } from './og_images.ts'
import type { RouteMetadata, RouteSource } from '../project/route_source.ts'
import type { Mode } from '../base/phases.ts'

/** A metadata file and its kind. */
export interface MetadataSource {
  /** Relative to the project. */
  readonly file: string
  readonly kind: RouteMetadata['kind']
  /** The content type of a file that is sent unchanged; null for a module. */
  readonly type: string | null
  /** Whether it generates several results, each with an id. */
  readonly listed: boolean
  /** Whether its path has parameters in addition to that id. */
  readonly hasParameters: boolean
}

const namespace = 'millrace-metadata'
const bytesNamespace = 'millrace-bytes'
const megabyte = 1024 * 1024

const imageTypes: Readonly<Record<string, string>> = {
  ico: 'image/x-icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  png: 'image/png',
  svg: 'image/svg+xml',
}
const textTypes: Readonly<Partial<Record<RouteMetadata['kind'], string>>> = {
  robots: 'text/plain',
  sitemap: 'application/xml',
  manifest: 'application/manifest+json',
}

/** Returns the metadata file of a route; null for every other route. */
export function metadataOf({ file, path, metadata }: RouteSource): MetadataSource | null {
  if (metadata === undefined) return null
  const { kind, module, lists } = metadata
  // Next.js sets no image type for GIFs here.
  const type = textTypes[kind] ?? imageTypes[extname(file).slice(1)] ?? 'text/plain'
  const own = lists ? path.slice(0, path.lastIndexOf('/')) : path
  return { file, kind, type: module ? null : type, listed: lists, hasParameters: own.includes('[') }
}

/** Returns the esbuild entry point of a metadata file. */
export function entryOf({ file }: MetadataSource): string {
  return `${namespace}:${file}`
}

/** Options of {@link metadataModules}. */
export interface MetadataModulesOptions {
  /** Absolute real path of the project. */
  readonly root: string
  readonly mode: Mode
  readonly sources: readonly MetadataSource[]
  /** Files, by absolute path, that cannot be compiled, with the compiler's message. */
  readonly broken: ReadonlyMap<string, string>
  /** Receives the absolute path of every file read. */
  readonly seen: Set<string>
}

/** Returns the plugin; it must precede the plugins that resolve packages. */
export function metadataModules({
  root,
  mode,
  sources,
  broken,
  seen,
}: MetadataModulesOptions): Plugin {
  const byFile = new Map(sources.map((source) => [source.file, source]))
  return {
    name: 'millrace-metadata-modules',
    setup(build) {
      for (const name of [namespace, bytesNamespace]) {
        build.onResolve({ filter: new RegExp(`^${name}:`) }, ({ path }) => ({
          path: path.slice(name.length + 1),
          namespace: name,
        }))
      }
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
        const source = byFile.get(path)
        if (source === undefined) return undefined
        const message = broken.get(join(root, path))
        if (message !== undefined) return { contents: throwing(message), loader: 'js' }
        const text =
          source.type === null ? await readFile(join(root, path), 'utf8').catch(() => '') : ''
        return {
          contents: moduleText(source, root, mode, drawsWithNext(source, text) && !canDraw(root)),
          loader: 'js',
          resolveDir: root,
        }
      })
      build.onLoad({ filter: /.*/, namespace: bytesNamespace }, async ({ path }) => {
        seen.add(join(root, path))
        const contents = await readFile(join(root, path))
        const error = sizeErrorOf(byFile.get(path), contents.byteLength)
        return error === null ? { contents, loader: 'binary' } : { errors: [{ text: error }] }
      })
    },
  }
}

/**
 * Returns errors for files that lack a default export and therefore are not routes. In development
 * the route reports it.
 */
export async function missingDefaults(
  root: string,
  sources: readonly MetadataSource[],
): Promise<string[]> {
  const modules = sources.filter(({ type }) => type === null)
  const present = await Promise.all(modules.map(({ file }) => hasDefault(join(root, file))))
  return modules
    .filter((_, index) => !present[index])
    .map(({ file }) => `Default export is missing in "${file}": expected a function, found none.`)
}

async function hasDefault(path: string): Promise<boolean> {
  const options = {
    write: false,
    metafile: true,
    outdir: '/',
    jsx: 'automatic',
    logLevel: 'silent',
  } as const
  const { metafile } = await build({ ...options, entryPoints: [path], loader: { '.js': 'jsx' } })
  const names = Object.values(metafile.outputs).flatMap((output) => output.exports)
  // The exports of CommonJS are not known before it runs.
  return names.length === 0 || names.includes('default')
}

/** Whether a warning about a missing default export refers to a generated module. */
export function isMissingDefault({ id, location }: Message): boolean {
  return id === 'import-is-undefined' && location?.namespace === namespace
}

/** Whether the kind is an image; the other kinds are text. */
function isPicture(kind: RouteMetadata['kind']): boolean {
  return textTypes[kind] === undefined
}

function drawsWithNext({ kind, type }: MetadataSource, text: string): boolean {
  return (
    isPicture(kind) &&
    type === null &&
    /\bImageResponse\b/.test(text) &&
    /['"]next\/(?:og|server)(?:\.js)?['"]/.test(text)
  )
}

function moduleText(source: MetadataSource, root: string, mode: Mode, failing: boolean): string {
  const { file, kind, type, listed, hasParameters } = source
  const name = JSON.stringify(file)
  const lines = [`import * as route from 'next/metadata_route'`]
  if (type !== null) {
    lines.push(
      `import bytes from ${JSON.stringify(`${bytesNamespace}:${file}`)}`,
      `export const GET = route.fileRoute(bytes, ${JSON.stringify(type)}, ${mode === 'development'})`,
    )
    // The values of path parameters are not listed, so such a route is not static.
    if (!hasParameters) lines.push(`export const dynamic = 'force-static'`)
    return lines.join('\n')
  }
  const path = JSON.stringify(join(root, file))
  lines.push(`import * as file from ${path}`, `export * from ${path}`)
  const given = `file.default, ${name}`
  if (listed) {
    const made = isPicture(kind)
      ? `imagesRoute(${given}, file.generateImageMetadata)`
      : `sitemapsRoute(${given}, file.generateSitemaps)`
    lines.push(`const made = route.${made}`, 'export const GET = made.GET')
    // The ids can be listed for one path only: with parameters they are generated on request.
    if (!failing && !hasParameters)
      lines.push('export const generateStaticParams = made.generateStaticParams')
  } else {
    lines.push(
      `export const GET = route.${isPicture(kind) ? `imageRoute(${given})` : `textRoute(${given}, '${kind}')`}`,
    )
  }
  // The error is reported for each request, not as a build failure.
  if (failing) lines.push(`export const dynamic = 'force-dynamic'`)
  return lines.join('\n')
}

/** Next.js's size limits for images that other sites embed. */
const sizeLimits: Readonly<Partial<Record<RouteMetadata['kind'], readonly [string, number]>>> = {
  'twitter-image': ['Twitter', 5],
  'opengraph-image': ['Open Graph', 8],
}

function sizeErrorOf(source: MetadataSource | undefined, bytes: number): string | null {
  const limited = source && sizeLimits[source.kind]
  if (limited === undefined || bytes <= limited[1] * megabyte) return null
  const [whose, limit] = limited
  return `File size for ${whose} image "${source?.file}" exceeds ${limit}MB. (Current: ${(bytes / megabyte).toFixed(2)}MB)\nRead more: https://nextjs.org/docs/app/api-reference/file-conventions/metadata/opengraph-image#image-files-jpg-png-gif`
}
