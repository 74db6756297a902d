/**
 * Compiles an import of a CSS module to an object of class names. esbuild parses the file and finds
 * the names; each becomes a hash of the file's path and the name, as in Next.js, but made with a
 * different hash function.
 */
import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'

/**
 * Returns the exports of the CSS module whose text is `text`.
 * @param path absolute; files that the module composes from are resolved relative to it.
 */
export async function cssModuleNames(
  root: string,
  path: string,
  text: string,
): Promise<Record<string, string>> {
  const entry = 'millrace-css-module'
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: root,
    outdir: '/',
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'made',
    loader: { '.css': 'local-css' },
    logLevel: 'silent',
    plugins: [
      {
        name: entry,
        setup(inner) {
          inner.onResolve({ filter: new RegExp(`^${entry}$`) }, () => ({
            path: entry,
            namespace: entry,
          }))
          inner.onLoad({ filter: /.*/, namespace: entry }, () => ({
            contents: `export { default } from ${JSON.stringify(path)}`,
            resolveDir: root,
          }))
          inner.onLoad({ filter: /.*/, namespace: 'file' }, (args) =>
            args.path === path ? { contents: text, loader: 'local-css' } : undefined,
          )
          // Images and fonts do not affect the class names.
          inner.onResolve({ filter: /.*/ }, ({ kind }) =>
            kind === 'url-token' ? { path: 'none', external: true } : undefined,
          )
        },
      },
    ],
  })
  const script = outputFiles.find((file) => file.path.endsWith('.js'))?.text ?? ''
  const { default: names } = runInNewContext(`${script}; made`) as {
    default: Record<string, string>
  }
  return named(names, fileMark(relative(root, path)))
}

/** Maps esbuild's generated names back to the names in the file. */
function named(names: Record<string, string>, mark: string): Record<string, string> {
  const local = new Map(
    Object.entries(names).map(([name, made]) => [made.split(' ').at(-1)!, name]),
  )
  const entries = Object.entries(names).map(([name, made]): [string, string] => {
    const parts = made
      .split(' ')
      .map((part) => (local.has(part) ? `${mark}_${local.get(part)}` : part))
    return [name, [...parts.slice(-1), ...parts.slice(0, -1)].join(' ')]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function fileMark(path: string): string {
  const hash = createHash('sha256').update(path).digest('base64url').slice(0, 6)
  return /^\d/.test(hash) ? `_${hash}` : hash
}
