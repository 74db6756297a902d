/**
 * Defines the servers that are compared: how each is prepared and started, and the paths of its
 * handlers.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contender } from '../compare/contenders.ts'

const here = import.meta.dirname
const repository = join(here, '../..')
const folder = join(repository, 'build/bench-native')

/**
 * Returns everything that can be measured; programs that are not installed are reported to `log`
 * and left out.
 */
export function prepareContenders(millrace: string, log: (line: string) => void): Contender[] {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return [
    ...program('bare Asio loop', 'asio', [], log),
    ...program('Boost.Beast', 'beast', [], log),
    ...nginx(log),
    ...program('Pistache', 'pistache', ['-lpistache', '-pthread'], log),
    ...['inline', 'isolated', 'JavaScript'].map((kind) => project(millrace, kind, log)),
  ]
}

function program(
  name: string,
  source: string,
  libraries: readonly string[],
  log: (line: string) => void,
): Contender[] {
  const binary = join(folder, source)
  log(`building: ${source}.cpp`)
  try {
    execFileSync(
      'c++',
      [
        '-std=c++20',
        '-O3',
        '-DNDEBUG',
        join(here, `servers/${source}.cpp`),
        '-o',
        binary,
        ...libraries,
        '-lboost_json',
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
  } catch (error) {
    log(`left out: ${name}: ${String((error as { stderr?: Buffer }).stderr).split('\n')[0]}`)
    return []
  }
  return [
    {
      name,
      hello: '/hello',
      order: '/order',
      command: [binary],
      options: (port) => [String(port)],
      directory: folder,
    },
  ]
}

function nginx(log: (line: string) => void): Contender[] {
  const binary = '/usr/sbin/nginx'
  if (!existsSync(binary)) {
    log('left out: nginx is not installed (Debian: nginx-light)')
    return []
  }
  const options = (port: number): string[] => {
    const file = join(folder, 'nginx.conf')
    const text = readFileSync(join(here, 'servers/nginx.conf.in'), 'utf8')
    writeFileSync(file, text.replaceAll('@folder@', folder).replaceAll('@port@', String(port)))
    return ['-c', file]
  }
  return [
    {
      name: 'nginx, return 200',
      hello: '/hello',
      order: null,
      command: [binary],
      options,
      directory: folder,
    },
  ]
}

function project(millrace: string, kind: string, log: (line: string) => void): Contender {
  const directory = join(folder, kind)
  cpSync(join(here, 'project'), directory, { recursive: true })
  // One thread also for isolated routes: the other servers have no more.
  writeFileSync(
    join(directory, 'millrace.toml'),
    `[pools.default]\nmax = 1\nthreads = 1\ninline = ${kind === 'inline'}\n`,
  )
  const left = kind === 'JavaScript' ? ['hello', 'order'] : ['script-hello', 'script-order']
  for (const route of left) rmSync(join(directory, 'app/api', route), { recursive: true })
  log(`building: millrace, ${kind}`)
  execFileSync(millrace, ['build', directory], { stdio: ['ignore', 'ignore', 'inherit'] })
  const prefix = kind === 'JavaScript' ? '/api/script-' : '/api/'
  return {
    name: `millrace, ${kind === 'JavaScript' ? kind : `C++ ${kind}`}`,
    hello: `${prefix}hello`,
    order: `${prefix}order`,
    command: [millrace],
    options: (port) => ['start', directory, '-H', '127.0.0.1', '-p', String(port)],
    directory,
  }
}
