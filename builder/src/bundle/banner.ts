/** What bundles need besides what esbuild writes. */

/**
 * `require` for output that needs it. esbuild calls a variable `require` where it exists, for
 * packages left external; an ES module has none, so it gets one that resolves from the module
 * itself.
 */
const declaration =
  "import { createRequire as __millraceCreateRequire } from 'node:module'; const require = __millraceCreateRequire(import.meta.url); "

/** Of esbuild's helpers, what the bundle has otherwise; on the same lines. */
const replaced: readonly (readonly [from: string | RegExp, to: string])[] = [
  // Runs a module once and keeps its error. One that could not be loaded now is no error of the
  // module's: it is run again.
  ['var __esm = (fn, res, err) =>', 'var __esm = (fn, res, err, again = fn) =>'],
  [
    /^ {4}throw err = \[(\w+)\], \1;$/m,
    '    throw $1?.code === "ERR_REQUIRE_ESM_RACE_CONDITION" ? fn = again : err = [$1], $1;',
  ],
  // Gives functions and classes the names of their source, which are often taken in the bundle.
  // Most have them already, and to define a property for each closure would cost time whenever one
  // is made.
  [
    'var __name = (target, value) => __defProp(',
    'var __name = (target, value) => target.name === value ? target : __defProp(',
  ],
  // Makes a namespace of what CommonJS exports. As Next.js's bundler has it, that of a function can
  // be called, and `default` is what is exported by that name beside `__esModule`, whoever asks;
  // esbuild, like Node.js, asks for the importing file's kind.
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
 * What to put before `text`, on its first line so that line numbers stay: nothing unless it holds
 * esbuild's helper, or where it stands already. Only there is the name `require` sure to be free.
 */
export function moduleBanner(text: string): string {
  return text.includes('var __require = /* @__PURE__ */') && !text.startsWith(declaration)
    ? declaration
    : ''
}

/** A bundle of routes as it is written. */
export function finished(text: string): string {
  const made = replaced.reduce((whole, [from, to]) => whole.replace(from, to), text)
  return moduleBanner(text) + made
}
