/**
 * Generates a large project: half of the routes are of the Pages Router, half of the App Router.
 * Each imports six shared modules, which import others, and one that all routes import.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The size of a project. */
export interface Size {
  readonly routes: number
  readonly modules: number
}

/** The module that all routes import. */
export const commonModule = 'lib/common.ts'

/** Returns the path of a route's URL. */
export function urlOf(route: number): string {
  return route % 2 === 0 ? `/api/pages/r${route}` : `/api/app/r${route}`
}

/** Returns the file of a route. */
export function fileOf(route: number): string {
  return route % 2 === 0 ? `pages/api/pages/r${route}.ts` : `app/api/app/r${route}/route.ts`
}

/** Returns the text of the common module; its version is part of every response. */
export function commonText(version: string): string {
  return `import { m0 } from './m0'\n\nexport const common: string = ${JSON.stringify(version)}\nexport const first = m0\n`
}

/** Returns the text of a route. */
export function routeText(route: number, version: string, { modules }: Size): string {
  const up = route % 2 === 0 ? '../../../lib' : '../../../../lib'
  const used = Array.from({ length: 6 }, (_, i) => (route * 7 + i * 31) % modules)
  const unique = [...new Set(used)]
  const imports = [
    `import { common } from '${up}/common'`,
    ...unique.map((number) => `import { m${number} } from '${up}/m${number}'`),
  ].join('\n')
  const value = `{ route: ${route}, version: ${JSON.stringify(version)}, common, sum: ${unique.map((number) => `m${number}(1)`).join(' + ')} }`
  if (route % 2 !== 0)
    return `${imports}\n\nexport function GET(): Response {\n  return Response.json(${value})\n}\n`
  return `import type { NextApiRequest, NextApiResponse } from 'next'\n${imports}\n\nexport default function handler(req: NextApiRequest, res: NextApiResponse) {\n  res.json(${value})\n}\n`
}

/** Each module imports up to two with a higher number, so that chains of imports are short. */
function moduleText(number: number, { modules }: Size): string {
  const imported = [number * 2 + 1, number * 2 + 2].filter(
    (other) => other < modules && number % 3 !== 2,
  )
  const imports = imported.map((other) => `import { m${other} } from './m${other}'\n`).join('')
  const lines = Array.from(
    { length: 20 },
    (_, line) =>
      `export function helper${line}(input: { value: number; name?: string }): string {\n  return \`\${input.name ?? 'm${number}'}:\${input.value + ${line}}\`\n}\n`,
  )
  return `${imports}\nexport interface Options${number} {\n  readonly value: number\n}\n\n${lines.join('\n')}\nexport function m${number}(value: number): number {\n  return value + ${[String(number), ...imported.map((other) => `m${other}(value)`)].join(' + ')}\n}\n`
}

/** Writes the project into a folder, which is emptied. */
export function generate(directory: string, size: Size): void {
  rmSync(directory, { recursive: true, force: true })
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  write('package.json', `${JSON.stringify({ name: 'large', private: true }, null, 2)}\n`)
  write('next.config.mjs', 'export default {}\n')
  write(
    'tsconfig.json',
    `${JSON.stringify({ compilerOptions: { target: 'es2022', module: 'esnext', moduleResolution: 'bundler', strict: true, jsx: 'preserve', noEmit: true, esModuleInterop: true, allowJs: true, skipLibCheck: true, resolveJsonModule: true, isolatedModules: true, incremental: true, lib: ['dom', 'dom.iterable', 'esnext'], plugins: [{ name: 'next' }] }, include: ['next-env.d.ts', '**/*.ts', '**/*.tsx', '.next/types/**/*.ts', '.next/dev/types/**/*.ts'], exclude: ['node_modules'] }, null, 2)}\n`,
  )
  // Without a layout, `next dev` writes one.
  write(
    'app/layout.tsx',
    'export default function Layout({ children }: { children: React.ReactNode }) {\n  return (\n    <html lang="en">\n      <body>{children}</body>\n    </html>\n  )\n}\n',
  )
  for (let number = 0; number < size.modules; number++)
    write(`lib/m${number}.ts`, moduleText(number, size))
  write(commonModule, commonText('c0'))
  for (let route = 0; route < size.routes; route++)
    write(fileOf(route), routeText(route, 'v0', size))
}
