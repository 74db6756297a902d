/**
 * The bundle's entry: a table with a function for each of the project's entries (routes, the proxy
 * file …) that runs its module. Because everything is reached by `import()` inside one file,
 * esbuild wraps each module in a function of its own, called where the module is imported: modules
 * run in the order of their imports, once, as under Next.js's bundlers, and one that throws fails
 * those that import it, each time, and nothing else.
 */
import { dirname, relative } from 'node:path'
import { parseExpressionAt } from 'acorn'
import type { Metafile, Plugin } from 'esbuild'

/** The bundle relative to the output folder, without its extension. */
export const tableOutput = 'chunks/modules'

/** What to give esbuild as the entry point. */
export const tableEntry = 'millrace-table:modules'

/**
 * Runs an entry. What Node.js is just loading for somebody's import() cannot be had by require():
 * the entry waits for it, 10 s at most, and goes on where it was.
 */
const runner = `export async function millraceRun(index) {
  for (let tries = 1; ; tries++) {
    try {
      return await millraceModules[index]()
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ESM_RACE_CONDITION' || tries === 10_000) throw error
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}`

/** An esbuild plugin. `entries`: what each of them is imported by, see {@link entryModules}. */
export function moduleTable(root: string, entries: readonly string[]): Plugin {
  return {
    name: 'millrace-module-table',
    setup(build) {
      build.onResolve({ filter: /^millrace-table:/ }, () => ({
        path: 'modules',
        namespace: 'millrace-table',
      }))
      build.onLoad({ filter: /.*/, namespace: 'millrace-table' }, () => ({
        // A line for each, which is how esbuild prints it, too.
        contents: `${runner}\nexport const millraceModules = [\n${entries.map((entry) => `() => import(${JSON.stringify(entry)}),\n`).join('')}]`,
        loader: 'js',
        resolveDir: root,
      }))
    },
  }
}

/** What an entry became. */
export interface EntryModule {
  /** Its name among the inputs of the metafile. */
  readonly input: string
  /** What it exports; null for CommonJS, and what only running can tell. */
  readonly exports: readonly string[] | null
}

/**
 * What the entries became, in their order, given the bundle's text. The names are those that
 * esbuild has found, through `export *` as well; its metafile has them only for entry points.
 * @throws Error where esbuild writes its output in another way than this reads.
 */
export function entryModules(text: string, metafile: Metafile): EntryModule[] {
  // Besides the entries it imports esbuild's helpers.
  const inputs = (metafile.inputs[tableEntry]?.imports ?? []).filter(
    ({ kind }) => kind === 'dynamic-import',
  )
  // The entry is the last module; esbuild gives it a number where the name is taken.
  const table = [...text.matchAll(/^var millraceModules\d* = \[$/gm)].at(-1)
  const lines =
    table === undefined
      ? []
      : text.slice(table.index, text.indexOf('\n];', table.index)).split('\n').slice(1)
  if (lines.length !== inputs.length)
    throw unexpected(`${lines.length} lines of the table for ${inputs.length} modules`)
  const starts = new Map(
    [...text.matchAll(/^__export\(([\w$]+), /gm)].map((found) => [
      found[1]!,
      found.index + found[0].length,
    ]),
  )
  const open = new Set([...text.matchAll(/\b__reExport\(([\w$]+), /g)].map((found) => found[1]!))
  return inputs.map(({ path }, index) => {
    // CommonJS ends with a call: __toESM(require_x()).
    const namespace = /([A-Za-z_$][\w$]*)\)*,?$/.exec(lines[index]!)?.[1]
    if (namespace === undefined || open.has(namespace)) return { input: path, exports: null }
    const place = starts.get(namespace)
    return { input: path, exports: place === undefined ? [] : namesAt(text, place) }
  })
}

/** Of `{\n  name: () => local,\n …}` at `start`. */
function namesAt(text: string, start: number): readonly string[] {
  const list = parseExpressionAt(text, start, { ecmaVersion: 'latest', sourceType: 'module' })
  if (list.type !== 'ObjectExpression') throw unexpected('exports that are no object')
  return list.properties.map((property) => {
    if (property.type !== 'Property') throw unexpected('a spread among the exports')
    if (property.key.type === 'Identifier') return property.key.name
    if (property.key.type === 'Literal') return String(property.key.value)
    throw unexpected('an export without a name')
  })
}

function unexpected(found: string): Error {
  return new Error(`esbuild's output has ${found}: this version of Millrace does not know it`)
}

/**
 * The module of one entry: it runs entry `index` of the table and has its exports.
 * @param path of this module, and of the table's by {@link tableOutput}, relative to the output
 * folder.
 * @param note is put before it, in a comment.
 */
export function entryText(
  path: string,
  index: number,
  exports: readonly string[] | null,
  note: string,
): string {
  const table = relative(dirname(path), `${tableOutput}.mjs`)
  const lines = [
    ...(note === '' ? [] : [`// ${note}`]),
    `import { millraceRun } from ${JSON.stringify(table.startsWith('.') ? table : `./${table}`)}`,
    `const module = await millraceRun(${index})`,
  ]
  // Of CommonJS the whole of what it exports, with its mark where it has one.
  if (exports === null)
    lines.push(`export default '__esModule' in module ? module : module.default`)
  for (const [number, name] of (exports ?? []).entries()) {
    lines.push(
      `const e${number} = module[${JSON.stringify(name)}]`,
      `export { e${number} as ${JSON.stringify(name)} }`,
    )
  }
  return lines.join('\n') + '\n'
}
