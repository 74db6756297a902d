// Bundles Millrace's own JavaScript (the node worker's runtime, the builder and the comparison of
// `verify`) into a share folder. CMake runs it (runtime/CMakeLists.txt) and reads the depfile to
// know when to run it again.
//
//   node scripts/bundle-js.mjs --out DIR --stamp FILE --depfile FILE

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({
  options: { out: { type: 'string' }, stamp: { type: 'string' }, depfile: { type: 'string' } },
})
if (!values.out || !values.stamp || !values.depfile) {
  console.error('usage: bundle-js.mjs --out DIR --stamp FILE --depfile FILE')
  process.exit(2)
}
const out = resolve(values.out)

/** Options that all bundles share. */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.15',
  outExtension: { '.js': '.mjs' },
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // CommonJS packages among the dependencies call require(), which ES modules do not have.
  banner: {
    js: "import { createRequire as __millraceRequire } from 'node:module'; const require = __millraceRequire(import.meta.url);",
  },
}

/**
 * The entries of the runtime: the worker and each next/* module; what they share is in common
 * chunks, so that it exists once.
 */
function runtimeEntries() {
  const entries = {
    worker: 'runtime/node/src/worker.ts',
    prerender: 'runtime/node/src/prerender.ts',
  }
  const folder = join(root, 'runtime/node/src/next')
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    if (name.endsWith('.ts') && !name.endsWith('.d.ts')) {
      entries[`next/${name.slice(0, -3)}`] = `runtime/node/src/next/${name}`
    }
  }
  return entries
}

rmSync(join(out, 'runtime'), { recursive: true, force: true })
rmSync(join(out, 'builder'), { recursive: true, force: true })
rmSync(join(out, 'verify'), { recursive: true, force: true })
rmSync(join(out, 'adapter'), { recursive: true, force: true })

const results = await Promise.all([
  build({
    ...common,
    entryPoints: runtimeEntries(),
    outdir: join(out, 'runtime'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  build({
    ...common,
    entryPoints: { builder: 'builder/src/builder.ts' },
    outdir: join(out, 'builder'),
    // These packages find their executables relative to their own files.
    external: ['esbuild', '@swc/core'],
  }),
  build({
    ...common,
    entryPoints: { verify: 'verify/src/verify.ts' },
    outdir: join(out, 'verify'),
  }),
  build({
    ...common,
    entryPoints: {
      adapter: 'adapter/src/adapter.ts',
      replace_adapter: 'adapter/src/replace_adapter.ts',
    },
    outdir: join(out, 'adapter'),
  }),
]).catch(() => process.exit(1)) // esbuild has printed the error

const inputs = results
  .flatMap((result) => Object.keys(result.metafile.inputs))
  .map((input) => join(root, input))
inputs.push(fileURLToPath(import.meta.url))
mkdirSync(dirname(resolve(values.stamp)), { recursive: true })
const escaped = (path) => path.replaceAll(' ', '\\ ')
writeFileSync(
  values.depfile,
  `${escaped(values.stamp)}: ${inputs
    .filter((path) => existsSync(path))
    .map(escaped)
    .join(' ')}\n`,
)
writeFileSync(values.stamp, '')

const sizes = results
  .flatMap((result) => Object.entries(result.metafile.outputs))
  .filter(([path]) => path.endsWith('.mjs'))
  .reduce((sum, [, output]) => sum + output.bytes, 0)
console.log(
  `bundled ${inputs.length - 1} modules into ${relative(process.cwd(), out)} (${Math.round(sizes / 1024)} KB)`,
)
