/**
 * Resolves `next/og` and `@vercel/og`, which render images from JSX. If the project has `next`,
 * Next.js's own module renders them, also for imports of `@vercel/og`, as under Next.js; without
 * `next`, `next/og` cannot render.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild'

const marker = 'millrace-og'

/** Whether the project at `root` has the renderer of `next/og`. */
export function canDraw(root: string): boolean {
  try {
    createRequire(join(root, 'package.json')).resolve('next/dist/compiled/@vercel/og/index.node.js')
    return true
  } catch {
    return false
  }
}

/**
 * Returns the plugin; it must precede the plugins that resolve packages. @param root absolute path
 * of the project.
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
    'ImageResponse of next/og needs the package next, which is not installed: routes that use it respond with 500'
  return {
    ...(await build.resolve(path, options)),
    warnings: [{ text, notes: [{ text: 'Install it: npm install next' }] }],
  }
}
