/**
 * Images from JSX: `next/og` and `@vercel/og`. Next.js's own module draws them where the project
 * has `next`, also for who imports `@vercel/og`, as under Next.js; without it `next/og` has nobody
 * who draws.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

const marker = 'millrace-og'

/** Whether the project at `root` has what draws for `next/og`. */
export function canDraw(root: string): boolean {
  try {
    createRequire(join(root, 'package.json')).resolve('next/dist/compiled/@vercel/og/index.node.js')
    return true
  } catch {
    return false
  }
}

/**
 * The plugin; stands before those that look at packages. @param root absolute path of the project.
 */
export function ogImages(root: string): Plugin {
  return {
    name: 'millrace-og-images',
    setup(build) {
      build.onResolve({ filter: /^(?:next\/og(?:\.js)?|@vercel\/og)$/ }, (args) =>
        args.pluginData === marker ? undefined : resolve(build, root, args),
      )
    },
  }
}

async function resolve(
  build: PluginBuild,
  root: string,
  { path, kind, importer, resolveDir, with: attributes }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const options = { kind, importer, resolveDir, with: attributes, pluginData: marker }
  if (canDraw(root))
    return path === '@vercel/og' ? await build.resolve('next/og', options) : undefined
  if (path === '@vercel/og') return undefined
  const text =
    'ImageResponse of next/og draws with the package next, which is not installed: routes that draw answer 500'
  return {
    ...(await build.resolve(path, options)),
    warnings: [{ text, notes: [{ text: 'Install it: npm install next' }] }],
  }
}
