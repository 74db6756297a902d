/**
 * Writes a project that uses every form of import in every place where it works, and the requests
 * for all of them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { differing } from './differences.ts'
import type { Form, Place } from './form.ts'
import { moduleForms } from './modules.ts'
import { nextForms } from './next_forms.ts'

/** All forms. */
export const forms: readonly Form[] = [...moduleForms, ...nextForms]

const routes: Readonly<
  Record<'node' | 'edge' | 'pages', (name: string) => readonly [string, string]>
> = {
  node: (name) => [
    `app/api/${name}/route.ts`,
    `import { answer } from '@/forms/${name}/form'\nexport const dynamic = 'force-dynamic'\nexport const GET = async () => Response.json(await answer())\n`,
  ],
  edge: (name) => [
    `app/edge/${name}/route.ts`,
    `import { answer } from '@/forms/${name}/form'\nexport const runtime = 'edge'\nexport const GET = async () => Response.json(await answer())\n`,
  ],
  pages: (name) => [
    `pages/api/pages/${name}.ts`,
    `import { answer } from '@/forms/${name}/form'\nexport default async (req: unknown, res: any) => res.json(await answer())\n`,
  ],
}

const pathOf: Readonly<Record<Exclude<Place, 'instrumentation'>, (name: string) => string>> = {
  node: (name) => `/api/${name}`,
  edge: (name) => `/edge/${name}`,
  pages: (name) => `/api/pages/${name}`,
  proxy: (name) => `/proxy/${name}`,
}

/**
 * The engine that the project is for: with `light` it has no forms which that engine reports as
 * inexact.
 */
export type For = 'all' | 'light'

const chosen = (which: For) => forms.filter(({ nextOnly }) => which === 'all' || !nextOnly)
const inPlace = (place: Place, which: For) =>
  chosen(which).filter(({ places }) => places.includes(place))

/**
 * Returns a route that imports, at once, all forms with the same result under both engines: effects
 * of one form on another show there.
 */
function all(): string {
  const names = inPlace('node', 'light')
    .map(({ name }) => name)
    .filter((name) => !differing.has(`${name}, node`))
  return `${names.map((name, index) => `import { answer as answer${index} } from '@/forms/${name}/form'`).join('\n')}
export const dynamic = 'force-dynamic'
export const GET = async () => Response.json([${names.map((name, index) => `['${name}', await answer${index}()]`).join(', ')}])
`
}

function proxy(which: For): string {
  const names = inPlace('proxy', which).map(
    ({ name }) => `'${name}': () => import('@/forms/${name}/form'),`,
  )
  return `import { NextResponse, type NextRequest } from 'next/server'
const forms: Record<string, () => Promise<{ answer: () => unknown }>> = {
  ${names.join('\n  ')}
}
export async function proxy(request: NextRequest) {
  const { answer } = await forms[request.nextUrl.pathname.split('/').at(-1)!]!()
  return NextResponse.json(await answer())
}
export const config = { matcher: '/proxy/:name' }
`
}

const settings: Readonly<Record<string, string>> = {
  'package.json': JSON.stringify({
    name: 'import-forms',
    private: true,
    imports: {
      '#internal/*': './lib/internal/*.ts',
      '#database': { node: './lib/db-node.ts', default: './lib/db-other.ts' },
    },
  }),
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'ES2022',
      lib: ['dom', 'es2023'],
      module: 'esnext',
      moduleResolution: 'bundler',
      jsx: 'react-jsx',
      strict: false,
      skipLibCheck: true,
      noEmit: true,
      allowJs: true,
      esModuleInterop: true,
      incremental: true,
      resolveJsonModule: true,
      isolatedModules: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
      allowImportingTsExtensions: true,
      plugins: [{ name: 'next' }],
      paths: {
        '@/*': ['./*'],
        '@settings': ['./lib/settings.ts'],
        '~/*': ['./lib/first/*', './lib/second/*'],
      },
    },
    include: ['next-env.d.ts', '**/*.ts', '**/*.tsx', '.next/types/**/*.ts'],
    exclude: ['node_modules'],
  }),
  'next.config.mjs': `export default {
  typescript: { ignoreBuildErrors: true },
  env: { FROM_CONFIG: 'from the configuration' },
  compiler: { define: { __VERSION__: '1.2.3', __LIMIT__: 20 }, defineServer: { __SERVER__: 'on the server' } },
  transpilePackages: ['form-typescript'],
  serverExternalPackages: ['form-external'],
  turbopack: {
    resolveAlias: { 'aliased-package': './lib/aliased.ts' },
    resolveExtensions: ['.web.ts', '.ts', '.tsx', '.js', '.jsx', '.mjs', '.json'],
    rules: {
      '*.md': { type: 'text' },
      '*.bin': { type: 'bytes' },
      '*.manifest': { type: 'json' },
      '*.shout': { loaders: ['./loaders/shout.cjs'], as: '*.js' },
      '*.txt': { condition: { query: '?raw' }, type: 'text' },
    },
  },
}
`,
  '.env': 'FROM_FILE=from the file\nNEXT_PUBLIC_SEEN=public\nEXPANDED=${FROM_FILE}, expanded\n',
  'instrumentation.ts': `export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./instrumentation-node')
  if (process.env.NEXT_RUNTIME === 'edge') await import('./instrumentation-edge')
}
`,
  'instrumentation-node.ts': `import data from './lib/registered.json'\nimport { word } from '@settings'\n;(globalThis as { registered?: unknown }).registered = [data, word]\n`,
  'instrumentation-edge.ts': `export {}\n`,
  'lib/registered.json': '{"by":"instrumentation"}',
  'lib/settings.ts': `export const word = 'settings'\n`,
  'app/layout.tsx': `export default ({ children }: { children: React.ReactNode }) => <html><body>{children}</body></html>\n`,
  'app/api/registered/route.ts': `export const dynamic = 'force-dynamic'\nexport const GET = () => Response.json((globalThis as { registered?: unknown }).registered ?? null)\n`,
}

function cases(which: For): object {
  const named = (name: string, path: string) => ({ name, path })
  const places = (['node', 'edge', 'pages', 'proxy'] as const).flatMap((place) =>
    inPlace(place, which).map(({ name }) => named(`${name}, ${place}`, pathOf[place](name))),
  )
  return {
    area: 'Libraries',
    cases: [
      ...places,
      named('all in one route', '/api/all'),
      named('instrumentation', '/api/registered'),
    ],
  }
}

/** Writes the project into `folder/import-forms`, as a fixture of tests/conformance. */
export function generate(folder: string, which: For = 'all'): void {
  const write = (path: string, content: string | Buffer) => {
    const file = join(folder, 'import-forms', path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  for (const [path, content] of Object.entries(settings)) write(path, content)
  write('app/api/all/route.ts', all())
  write('proxy.ts', proxy(which))
  for (const { name, places, code, extension = 'ts', files = {} } of chosen(which)) {
    write(`forms/${name}/form.${extension}`, code)
    for (const [path, content] of Object.entries(files))
      write(path.startsWith('/') ? path.slice(1) : `forms/${name}/${path}`, content)
    for (const place of ['node', 'edge', 'pages'] as const)
      if (places.includes(place)) write(...routes[place](name))
  }
  write(
    'conformance/fixture.json',
    JSON.stringify({ description: 'Every form of import, in every place where it works.' }),
  )
  write('conformance/forms.json', JSON.stringify(cases(which)))
}
