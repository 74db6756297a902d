/**
 * Generates the bundle's entry: a table with a function for each of the project's entries (routes,
 * the proxy file …) that runs its module. Because everything is reached through `import()` within
 * one file, esbuild wraps each module in a function of its own, called where the module is
 * imported. So modules run once, in the order of their imports, as with Next.js's bundlers, and a
 * module that throws fails every import of it and nothing else.
 */
import { dirname, relative } from 'node:path'
import { parseExpressionAt } from 'acorn'
import type { Metafile, Plugin } from 'esbuild'

/** Path of the bundle relative to the output folder, without its extension. */
export const tableOutput = 'chunks/modules'

/** The entry point given to esbuild. */
export const tableEntry = 'millrace-table:modules'

/**
 * Runs an entry. require() fails for a module that Node.js is still loading for another import():
 * the entry then waits for it, at most 10 s, and continues where it was.
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

/**
 * Returns the esbuild plugin. `entries` is called in each build and returns the specifier of each
 * entry, see {@link entryModules}.
 */
export function moduleTable(root: string, entries: () => readonly string[]): Plugin {
  return {
    name: 'millrace-module-table',
    setup(build) {
      build.onResolve({ filter: /^millrace-table:/ }, () => ({
        path: 'modules',
        namespace: 'millrace-table',
      }))
      build.onLoad({ filter: /.*/, namespace: 'millrace-table' }, () => ({
        // One line per entry, as esbuild prints it too.
        contents: `${runner}\nexport const millraceModules = [\n${entries()
          .map((entry) => `() => import(${JSON.stringify(entry)}),\n`)
          .join('')}]`,
        loader: 'js',
        resolveDir: root,
      }))
    },
  }
}

/** What an entry is in the bundle. */
export interface EntryModule {
  /** Its name among the inputs of the metafile. */
  readonly input: string
  /** Its exports; null for CommonJS, and if only running it can tell. */
  readonly exports: readonly string[] | null
}

/**
 * Returns the entries' modules, in order, from the bundle's text. The export names are those that
 * esbuild has resolved, also through `export *`; its metafile lists them only for entry points.
 * @throws Error if esbuild's output does not have the expected form.
 */
export function entryModules(text: string, metafile: Metafile): EntryModule[] {
  // The table also imports esbuild's helpers.
  const inputs = (metafile.inputs[tableEntry]?.imports ?? []).filter(
    ({ kind }) => kind === 'dynamic-import',
  )
  // The table is the last module; esbuild appends a number to its name if the name is already used.
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
    // For CommonJS the line ends with a call: __toESM(require_x()).
    const namespace = /([A-Za-z_$][\w$]*)\)*,?$/.exec(lines[index]!)?.[1]
    if (namespace === undefined || open.has(namespace)) return { input: path, exports: null }
    const place = starts.get(namespace)
    return { input: path, exports: place === undefined ? [] : namesAt(text, place) }
  })
}

/** Returns the names in `{\n  name: () => local,\n …}` at `start`. */
function namesAt(text: string, start: number): readonly string[] {
  const list = parseExpressionAt(text, start, { ecmaVersion: 'latest', sourceType: 'module' })
  if (list.type !== 'ObjectExpression') throw unexpected('exports that are not an object')
  return list.properties.map((property) => {
    if (property.type !== 'Property') throw unexpected('a spread among the exports')
    if (property.key.type === 'Identifier') return property.key.name
    if (property.key.type === 'Literal') return String(property.key.value)
    throw unexpected('an export without a name')
  })
}

function unexpected(found: string): Error {
  return new Error(`esbuild's output has ${found}: this version of Millrace cannot read it`)
}

/**
 * Returns the text of an entry's module: it runs entry `index` of the table and has its exports.
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
  // A CommonJS module is exported as a whole, with its `__esModule` mark if it has one.
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
