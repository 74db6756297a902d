/**
 * Lists import forms that behave differently under the engine `light` and under Next.js, with the
 * reasons.
 */

const globOptions =
  'Next.js 16.4 ignores `import` and `query` of import.meta.glob; here they work as documented'
const minified =
  "Next.js shortens the names of classes, and a service's metadata has the short name; here it has the full name"
const failing =
  'Next.js 16.4 responds with 500 if a file of pages/api reaches metadata of decorators; here it works as in a route handler'
const workers =
  'a worker of node:worker_threads that Next.js has compiled exits before it sends a message; here it runs'
const noEndings =
  'under Next.js, Node.js loads a package whose imports lack their extensions, and fails; here it is bundled'

/** The reason, by the case's name. */
export const differing: ReadonlyMap<string, string> = new Map([
  ...['named', 'default', 'query'].flatMap((name) => [
    [`glob-${name}, node`, globOptions] as const,
    [`glob-${name}, pages`, globOptions] as const,
  ]),
  ['decorator-metadata, node', minified],
  ['decorator-metadata, pages', failing],
  ['worker, node', workers],
  ['worker, pages', workers],
  ['package-no-endings, pages', noEndings],
])
