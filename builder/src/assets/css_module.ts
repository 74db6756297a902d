/**
 * What an import of a CSS module is: an object of class names. esbuild reads the file and finds its
 * names; what they become is a hash of the file's place and the name, as in Next.js, but of another
 * hash function.
 */
import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'

/**
 * The exports of the CSS module whose text is `text`.
 * @param path absolute; files that it composes from are found from there.
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
          // Pictures and fonts have no part in the names.
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

/** esbuild's names are its own: each stands for a name of the file. */
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
