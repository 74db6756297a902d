/**
 * `require` for output that needs it. esbuild calls a variable `require` where it exists, for CommonJS
 * packages left external; an ES module has none, so it gets one that resolves from the module itself.
 */

const declaration =
  "import { createRequire as __millraceCreateRequire } from 'node:module'; const require = __millraceCreateRequire(import.meta.url); "

/**
 * What to put before `text`, on its first line so that line numbers stay: nothing unless it holds
 * esbuild's helper. Only there is the name `require` sure to be free.
 */
export function moduleBanner(text: string): string {
  return text.includes('var __require = /* @__PURE__ */') ? declaration : ''
}
