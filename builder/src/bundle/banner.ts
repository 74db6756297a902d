/**
 * Completes what esbuild writes: code that bundles need beyond it.
 */

/**
 * Declares `require` for output that needs it. esbuild calls a variable `require`, if it exists,
 * for packages left external; an ES module has none, so it gets one that resolves relative to the
 * module itself.
 */
const declaration =
  "import { createRequire as __millraceCreateRequire } from 'node:module'; const require = __millraceCreateRequire(import.meta.url); "

/** Replacements of esbuild's helper functions, each kept on its line. */
const replaced: readonly (readonly [from: string | RegExp, to: string])[] = [
  // Runs a module once and keeps its error. A failure to load a module for now is not the module's
  // own error, so the module is run again.
  ['var __esm = (fn, res, err) =>', 'var __esm = (fn, res, err, again = fn) =>'],
  [
    /^ {4}throw err = \[(\w+)\], \1;$/m,
    '    throw $1?.code === "ERR_REQUIRE_ESM_RACE_CONDITION" ? fn = again : err = [$1], $1;',
  ],
  // Gives functions and classes their names from the source, because names are often already used
  // in the bundle. Most have the right name already, and defining a property for each closure would
  // take time whenever one is created.
  [
    'var __name = (target, value) => __defProp(',
    'var __name = (target, value) => target.name === value ? target : __defProp(',
  ],
  // Creates the namespace of a CommonJS module. As in Next.js's bundler, the namespace of a
  // function can be called, and `default` is the export of that name beside `__esModule`,
  // independent of the importer; esbuild, like Node.js, considers the kind of the importing file.
  [
    '(target = mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(',
    '(target = typeof mod === "function" ? function() { return mod.apply(this, arguments) } : mod != null ? __create(__getProtoOf(mod)) : {}, __copyProps(',
  ],
  [
    'isNodeMode || !mod || !mod.__esModule ? __defProp(',
    '!mod || !mod.__esModule || !("default" in mod) ? __defProp(',
  ],
]

/**
 * Returns what to put before `text`, on its first line so that line numbers stay the same: nothing
 * unless the text uses esbuild's `require` helper, and nothing if the declaration is already there.
 * Only with the helper is the name `require` sure to be unused.
 */
export function moduleBanner(text: string): string {
  return text.includes('var __require = /* @__PURE__ */') && !text.startsWith(declaration)
    ? declaration
    : ''
}

/** Returns a bundle of routes as it is written to disk. */
export function finished(text: string): string {
  const made = replaced.reduce((code, [from, to]) => code.replace(from, to), text)
  return moduleBanner(text) + made
}
