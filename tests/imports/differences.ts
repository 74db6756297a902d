/** Where an import form is another thing under the engine `light` than under Next.js, and why. */

const globOptions =
  'Next.js 16.4 leaves out what `import` and `query` ask of import.meta.glob; here they are what its documentation says'
const minified =
  "Next.js shortens the names of classes, and a service's metadata is the short name; here it is the name"
const failing =
  'Next.js 16.4 answers 500 where a file of pages/api reaches metadata of decorators; here it is as in a route handler'
const workers =
  'a worker of node:worker_threads that Next.js has compiled exits before it says anything; here it runs'
const noEndings =
  'under Next.js, Node.js is left with a package whose imports lack their endings, and fails; here it is bundled'

/** The reason by the case's name. */
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
