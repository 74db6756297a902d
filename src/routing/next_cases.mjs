/**
 * Writes next_cases.json for the unit tests: the responses of `next start` to each target below,
 * for a project with the routes below, under four configurations. Takes a minute and listens on
 * loopback only. Run it from the repository after `npm ci`: `node src/routing/next_cases.mjs`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const modules = join(here, '..', '..', 'node_modules')
const next = join(modules, 'next', 'dist', 'bin', 'next')

const pages = [
  'index',
  'hello',
  'users/index',
  'users/[id]',
  'users/me',
  'posts/[...slug]',
  'opt/[[...slug]]',
  '_under',
  'with space',
  'deep/index/index',
  'mix/[a]/x',
  'mix/b/[...r]',
  'file.json',
  'pre[id]',
  'a/index/b',
  'index/c',
  'hello.test',
  'st%20at',
  'deep2/[a]/[b]/[...c]',
  'deep2/[a]/x/y',
]
const app = [
  'apphello',
  'things/[id]',
  '(g)/grouped',
  'feed.xml',
  'cat/[...slug]',
  '_priv/x',
  'a/@slot/z',
  '%5Fesc',
  'sp ace',
  'id%20x/[id]',
  'f(x)oo',
  '(unclosed',
  'index',
  'nested/index/[id]',
  'a[b]',
]
const rules = [
  {},
  { trailingSlash: true },
  { basePath: '/docs' },
  { basePath: '/docs', trailingSlash: true },
]
const targets = readFileSync(join(here, 'next_targets.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')

function writeProject(folder, config) {
  const write = (name, text) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  for (const name of pages) {
    write(
      `pages/api/${name}.js`,
      `export default (req, res) => res.json({ file: 'pages/api/${name}.js', query: req.query })\n`,
    )
  }
  for (const name of app) {
    write(
      `app/${name}/route.js`,
      `export const GET = async (_, { params }) => Response.json({ file: 'app/${name}/route.js', query: await params })\n`,
    )
  }
  write('package.json', '{ "private": true }\n')
  write('next.config.js', `module.exports = ${JSON.stringify(config)}\n`)
  symlinkSync(modules, join(folder, 'node_modules'))
}

function ask(port, target) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET ${target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`),
    )
    let text = ''
    socket
      .setEncoding('utf8')
      .on('data', (part) => (text += part))
      .on('error', reject)
    socket.on('close', () => {
      const status = Number(text.slice(9, 12))
      const location = /^location: (.*)\r$/im.exec(text)?.[1]
      const json = /^\{"file.*\}/m.exec(text)?.[0]
      resolve({ target, status, ...(location && { location }), ...(json && JSON.parse(json)) })
    })
  })
}

async function answersOf(config) {
  const folder = mkdtempSync(join(tmpdir(), 'next-cases-'))
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
  try {
    writeProject(folder, config)
    execFileSync(process.execPath, [next, 'build', '--webpack'], {
      cwd: folder,
      env,
      stdio: 'ignore',
    })
    const server = spawn(process.execPath, [next, 'start', '-H', '127.0.0.1', '-p', '0'], {
      cwd: folder,
      env,
    })
    const port = await new Promise((resolve) => {
      let text = ''
      server.stdout.on('data', (part) => {
        text += part
        const found = /:(\d+)\s/.exec(/Local:.*\s/.exec(text)?.[0] ?? '')
        if (found && text.includes('Ready')) resolve(Number(found[1]))
      })
    })
    const answers = []
    for (const target of targets) answers.push(await ask(port, target))
    server.kill()
    return answers
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const cases = []
for (const config of rules) cases.push({ config, answers: await answersOf(config) })
const files = [
  ...pages.map((name) => `pages/api/${name}.js`),
  ...app.map((name) => `app/${name}/route.js`),
]
const lines = cases.map(
  ({ config, answers }) =>
    ` {"config": ${JSON.stringify(config)}, "answers": [\n  ${answers.map((answer) => JSON.stringify(answer)).join(',\n  ')}\n ]}`,
)
writeFileSync(
  join(here, 'next_cases.json'),
  `{"files": ${JSON.stringify(files)},\n"cases": [\n${lines.join(',\n')}\n]}\n`,
)
