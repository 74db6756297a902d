/**
 * Turns esbuild's output for one module, in CommonJS form, into the text of a file that exports a
 * function. The worker's registry of modules (runtime: project/dev_modules) calls the function, and
 * provides what it imports.
 */

/** The specifier of a module of the registry, by how it is loaded. */
export const moduleSpecifier = {
  import: 'millrace-import:',
  require: 'millrace-require:',
} as const

/** esbuild's helpers that the registry replaces: exports are live, and modules one instance. */
const replacedHelpers = /^var (__toESM|__toCommonJS|__reExport|__name) = /gm
/** esbuild's `import.meta` in CommonJS. */
const importMeta = /^(?:var|const) (import_meta\d*) = \{\};$/m
const mapComment = /\n?\/\/# sourceMappingURL=\S+\s*$/

/** How a module is run. */
export interface EmittedForm {
  /** Whether it is an ES module, whose code is strict. */
  readonly isStrict: boolean
  /** Whether it, or a module that it imports, has a top-level `await`. */
  readonly isAsync: boolean
}

/** Returns the text, without the comment that names its source map. Lines keep their numbers. */
export function emittedText(code: string, { isStrict, isAsync }: EmittedForm): string {
  let text = code.replace(mapComment, '').replace(/^#!/, '//')
  // The helpers precede the module, which a comment with its name begins if it has been bundled.
  const found = text.search(/^\/\/ /m)
  const begin = found < 0 ? text.length : found
  text =
    text.slice(0, begin).replace(replacedHelpers, 'var $1 = __millrace.$1, $1_ = ') +
    text.slice(begin)
  text = text.replace(importMeta, 'var $1 = __millrace.meta;')
  text = text.replaceAll(
    `import("${moduleSpecifier.import}`,
    `__millrace.dynamic("${moduleSpecifier.import}`,
  )
  if (isAsync)
    text = text
      .replaceAll(
        `require("${moduleSpecifier.import}`,
        `await __millrace.imported("${moduleSpecifier.import}`,
      )
      .replaceAll(`${awaitCall}(`, 'await (')
      .replaceAll(`${forAwaitLabel}: for (`, 'for await (')
  const head = `module.exports = ${isAsync ? 'async ' : ''}function (__millrace, require, module, exports) {`
  return `${head}${isStrict ? '"use strict";' : ''}${text}\n}\n`
}

/** Stands for a top-level `await` while esbuild, which refuses it in CommonJS, compiles it. */
export const awaitCall = '__millrace_await'
/** Marks a loop `for await` at the top level. */
export const forAwaitLabel = '__millrace_for_await'
