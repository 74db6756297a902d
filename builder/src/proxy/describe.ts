/**
 * Describes a middleware file: its matchers and its runtime, read from its source without running
 * it, and whether it exports a function to run for each request.
 */
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { readConfig } from '../syntax/static_options.ts'
import type { ConventionFile } from '../project/conventions.ts'
import { compileMatchers, type MatcherConfig, type MatcherRule } from './matchers.ts'

/** The manifest's `middleware`, except for the module. */
export interface MiddlewareDescription {
  readonly file: string
  readonly matchers: readonly MatcherRule[]
  readonly runtime: 'nodejs' | 'edge'
}

/**
 * Describes the file.
 * @param exports the names that its bundle exports.
 * @throws Error that names the file and the fault, with Next.js's message if it has one.
 */
export async function describeMiddleware(
  root: string,
  { file, name }: ConventionFile,
  exports: readonly string[],
  config: MatcherConfig,
): Promise<MiddlewareDescription> {
  if (!exports.includes('default') && !exports.includes(name))
    throw new Error(missingExport(file, name))
  const { config: given, runtime } = await readConfig(
    await readFile(join(root, file), 'utf8'),
    extname(file).slice(1),
  ).catch((error: unknown) => {
    throw new Error(`${file}: ${(error as Error).message}`)
  })
  const configured = runtime ?? given['runtime']
  if (name === 'proxy' && configured !== undefined) {
    throw new Error(
      `Route segment config is not allowed in Proxy file at "./${file}". Proxy always runs on Node.js runtime. Learn more: https://nextjs.org/docs/messages/middleware-to-proxy`,
    )
  }
  try {
    const matchers = compileMatchers(given['matcher'], config)
    return {
      file,
      matchers,
      runtime: name === 'proxy' || configured === 'nodejs' ? 'nodejs' : 'edge',
    }
  } catch (error) {
    throw new Error(`${file} contains invalid middleware config: ${(error as Error).message}`)
  }
}

function missingExport(file: string, name: string): string {
  const isProxy = name === 'proxy'
  return [
    `The file "./${file}" must export a function, either as a default export or as a named "${name}" export.`,
    `This function is what runs for every request handled by this ${isProxy ? 'proxy (previously called middleware)' : 'middleware'}.`,
    '',
    'Why this happens:',
    ...(isProxy
      ? [
          "- You are migrating from `middleware` to `proxy`, but haven't updated the exported function.",
        ]
      : []),
    "- The file exists but doesn't export a function.",
    '- The export is not a function (e.g., an object or constant).',
    "- There's a syntax error preventing the export from being recognized.",
    '',
    'To fix it:',
    `- Ensure this file has either a default or "${name}" function export.`,
    '',
    'Learn more: https://nextjs.org/docs/messages/middleware-to-proxy',
  ].join('\n')
}
