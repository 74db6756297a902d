/**
 * Finds the files that are not routes but take part in serving them: `proxy.*` (or `middleware.*`)
 * and `instrumentation.*`. They only count in the folder that contains `app` or `pages`, as in
 * Next.js.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A file of one of the conventions. */
export interface ConventionFile {
  /** Relative to the project. */
  readonly file: string
  /** Its name without extension. */
  readonly name: 'proxy' | 'middleware' | 'instrumentation'
}

/** The files of a project. */
export interface Conventions {
  readonly middleware: ConventionFile | null
  readonly instrumentation: ConventionFile | null
  /**
   * Warnings about files that are not run although their names suggest it: routes they should
   * protect are unprotected.
   */
  readonly warnings: readonly string[]
}

/**
 * Finds the files.
 * @param extensions `pageExtensions`, the preferred one first.
 * @throws Error with Next.js's message if there are both `proxy` and `middleware`.
 */
export function findConventions(root: string, extensions: readonly string[]): Conventions {
  const besideRoutes = holdsRoutes(root, '') || !holdsRoutes(root, 'src/') ? '' : 'src/'
  const present = new Set(
    ['', 'src/'].flatMap((folder) => listed(join(root, folder)).map((name) => folder + name)),
  )
  const find = (name: ConventionFile['name'], folder: string): ConventionFile | null => {
    const extension = extensions.find((candidate) => present.has(`${folder}${name}.${candidate}`))
    return extension === undefined ? null : { file: `${folder}${name}.${extension}`, name }
  }
  const proxy = find('proxy', besideRoutes)
  const middleware = find('middleware', besideRoutes)
  if (proxy !== null && middleware !== null) {
    throw new Error(
      `Both middleware file "./${middleware.file}" and proxy file "./${proxy.file}" are detected. Please use "./${proxy.file}" only. Learn more: https://nextjs.org/docs/messages/middleware-to-proxy`,
    )
  }
  const elsewhere = besideRoutes === '' ? 'src/' : ''
  const misplaced = [find('proxy', elsewhere), find('middleware', elsewhere)].flatMap(
    (found) => found?.file ?? [],
  )
  const warnings = misplaced.map(
    (file) =>
      `${file} is not run, as under Next.js: expected it beside the folder of the routes, in ${besideRoutes || 'the root'}.`,
  )
  return {
    warnings,
    middleware: proxy ?? middleware,
    instrumentation: find('instrumentation', '') ?? find('instrumentation', 'src/'),
  }
}

function holdsRoutes(root: string, folder: string): boolean {
  return existsSync(join(root, folder, 'pages')) || existsSync(join(root, folder, 'app'))
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
