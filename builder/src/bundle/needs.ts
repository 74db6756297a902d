/**
 * Determines which routes the light engine may not compile exactly, and why: what its plugins have
 * recorded for the modules that a route reaches, and modules that it cannot compile although
 * Next.js's bundler may.
 */
import { join, relative } from 'node:path'
import type { Message } from 'esbuild'
import type { Inexactness, InexactModules } from '../base/inexact.ts'

/**
 * By entry, relative to the project: the reasons against the light engine. Entries without a reason
 * are left out.
 */
export type Needs = Readonly<Record<string, readonly Inexactness[]>>

/** What is known of a bundle. */
export interface BundleFindings {
  /**
   * By entry, relative to the project: absolute paths of the files that it reaches, itself
   * included, without files outside of the bundle.
   */
  readonly reach: ReadonlyMap<string, ReadonlySet<string>>
  readonly inexact: InexactModules
  /** By absolute path: the compiler's messages for modules that throw them. */
  readonly broken: ReadonlyMap<string, string>
  /** Reasons that hold for all entries. */
  readonly general: readonly Inexactness[]
}

/** Collects the reasons of every entry from all files that it reaches. */
export function needsOf({ reach, inexact, broken, general }: BundleFindings): Needs {
  const needs = [...reach].map(([entry, files]): [string, Inexactness[]] => {
    const failures = [...files].flatMap((file): Inexactness[] => {
      const message = broken.get(file)
      return message === undefined
        ? []
        : [{ file, line: null, what: `does not compile: ${firstLine(message)}`, wayOut: null }]
    })
    return [entry, [...failures, ...inexact.of(files), ...general]]
  })
  return Object.fromEntries(needs.filter(([, found]) => found.length > 0))
}

/**
 * Returns the reasons that hold for a whole project, because the project's own build compiles
 * everything with a function of its own.
 */
export function generalNeeds({
  root,
  config,
}: {
  readonly root: string
  readonly config: { readonly compiledByWebpackOf?: string }
}): Inexactness[] {
  const name = config.compiledByWebpackOf
  if (name === undefined) return []
  return [
    {
      file: join(root, name),
      line: null,
      what: 'has webpack(), with which `next build --webpack` compiles',
      wayOut:
        'Leave --webpack out of the "build" script of package.json if the routes do not need it.',
    },
  ]
}

/**
 * Errors of esbuild for files that a bundler with loaders, or with a newer compiler, may
 * understand.
 */
const understoodElsewhere = /^No loader is configured for |is not supported yet$/
const unresolved = /^Could not resolve "/
/** The plugin that loads files other than code, through loaders. */
const moduleTypes = 'millrace-module-types'

/** What determines the abilities of the bundler of Next.js. */
interface BundlerChoice {
  readonly lenient?: boolean
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * Whether Next.js's bundler may compile what esbuild cannot. Mistakes in the code are mistakes for
 * both, and so are imports that cannot be resolved, unless next.config configures how that bundler
 * resolves them.
 */
export function mayCompileElsewhere(
  { lenient = false, config }: BundlerChoice,
  errors: readonly Message[],
): boolean {
  const resolves = config['customBundling'] === true || config['turbopack'] !== undefined
  return (
    lenient &&
    errors.every(
      ({ text, pluginName }) =>
        understoodElsewhere.test(text) ||
        pluginName === moduleTypes ||
        (resolves && unresolved.test(text)),
    )
  )
}

/** Describes one reason, worded to follow a route's name. */
export function describeNeed(root: string, { file, line, what }: Inexactness): string {
  const place = file.startsWith(`${root}/`) ? relative(root, file) : file
  return `${place}${line === null ? '' : `:${line}`} ${what}`
}

function firstLine(text: string): string {
  return text.slice(0, text.includes('\n') ? text.indexOf('\n') : undefined)
}
