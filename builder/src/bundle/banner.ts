/** What bundles need besides what esbuild writes. */

/**
 * `require` for output that needs it. esbuild calls a variable `require` where it exists, for packages left external; an
 * ES module has none, so it gets one that resolves from the module itself.
 */
const declaration =
  "import { createRequire as __millraceCreateRequire } from 'node:module'; const require = __millraceCreateRequire(import.meta.url); "

/** esbuild's helper that gives functions and classes the names of their source, which are often taken in the bundle. */
const nameHelper = 'var __name = (target, value) => __defProp('
/** Most have them already, and to define a property for each closure would cost time whenever one is made. */
const quickNameHelper = 'var __name = (target, value) => target.name === value ? target : __defProp('

/**
 * What to put before `text`, on its first line so that line numbers stay: nothing unless it holds
 * esbuild's helper. Only there is the name `require` sure to be free.
 */
export function moduleBanner(text: string): string {
  return text.includes('var __require = /* @__PURE__ */') ? declaration : ''
}

/** A bundle of routes as it is written. */
export function finished(text: string): string {
  return moduleBanner(text) + text.replace(nameHelper, () => quickNameHelper)
}
