/**
 * Types the commands of docs/whole-app.md into a shell, in order: from `create-next-app` to a
 * served app. `npx` runs the pinned create-next-app without installing packages, and fonts come
 * from a file, so that the test needs no network.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { hangTimeout } from './support/hang_timeout.ts'
import { binary, project, repository, temporaryDirectory } from './support/index.ts'
import { transcript } from './support/transcript.ts'

/** A shell that a test types into. */
class Shell {
  readonly #child
  #output = ''
  #typed = 0
  #seen = () => {}

  constructor(cwd: string, env: Record<string, string>) {
    this.#child = spawn('bash', ['--norc', '--noprofile'], {
      cwd,
      env: env as unknown as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'pipe'],
      // Signals that are meant for the shell's jobs must not end this process.
      detached: true,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        this.#seen()
      })
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output
  }

  /** Resolves with the match once what has been printed matches. */
  printed(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((done, failed) => {
      const late = setTimeout(
        () => failed(new Error(`${pattern} was not printed:\n${this.#output}`)),
        hangTimeout(300),
      )
      this.#seen = () => {
        const match = pattern.exec(this.#output)
        if (match === null) return
        clearTimeout(late)
        done(match)
      }
      this.#seen()
    })
  }

  /** Types one command; resolves with its exit code and what was printed until it ended. */
  async type(command: string): Promise<{ code: number; printed: string }> {
    const from = this.#output.length
    const mark = `typed-${++this.#typed}`
    this.#child.stdin.write(`${command}\necho "${mark} $?"\n`)
    const [line, code] = await this.printed(new RegExp(`${mark} (\\d+)\\n`))
    const printed = this.#output.slice(from, this.#output.indexOf(line, from))
    return { code: Number(code), printed }
  }

  /** Ends the shell's job and the shell. */
  async end(): Promise<void> {
    await this.type('kill %1 && wait')
    this.#child.stdin.end('exit\n')
  }
}

/** Programs that stand in for those of a user's machine. */
function programs(): string {
  const folder = temporaryDirectory()
  const creator = join(repository, 'node_modules/create-next-app/dist/index.js')
  const offline = '--use-npm --skip-install --disable-git --no-agent-feedback'
  const npx = `#!/bin/sh\n[ "$1" = create-next-app@latest ] || exit 1\nshift\nexec "${process.execPath}" "${creator}" "$@" ${offline}\n`
  writeFileSync(join(folder, 'npx'), npx, { mode: 0o755 })
  return folder
}

/** The responses of Google Fonts to the template. */
function fonts(folder: string): string {
  const url = (family: string) =>
    `https://fonts.googleapis.com/css2?family=${family}:wght@100..900&display=swap`
  const css = (family: string) =>
    `@font-face { font-family: '${family}'; font-style: normal; font-weight: 100 900; font-display: swap; src: local('sans-serif') }`
  const responses = {
    [url('Geist')]: css('Geist'),
    [url('Geist+Mono')]: css('Geist Mono'),
  }
  const file = join(folder, 'fonts.cjs')
  writeFileSync(file, `module.exports = ${JSON.stringify(responses)}`)
  return file
}

describe('the commands of docs/whole-app.md', { timeout: hangTimeout(600) }, () => {
  const commands = transcript(readFileSync(join(repository, 'docs/whole-app.md'), 'utf8'))
  let shell: Shell
  let port = ''
  /** The command that has failed; those after it would fail too. */
  let failed = ''

  before(() => {
    // Next.js finds its package from here.
    const place = project({ files: {}, forNext: true })
    const bin = programs()
    shell = new Shell(place, {
      PATH: `${bin}:${dirname(binary())}:${dirname(process.execPath)}:${process.env['PATH']}`,
      // Next.js takes no folder for the project's root that contains the home directory.
      HOME: temporaryDirectory(),
      CI: '1',
      NEXT_TELEMETRY_DISABLED: '1',
      NEXT_FONT_GOOGLE_MOCKED_RESPONSES: fonts(bin),
      PORT: '0',
      no_proxy: '*',
    })
  })
  after(() => shell.end())

  test('are five', () => assert.equal(commands.length, 5))
  for (const { command, output } of commands) {
    test(command, async () => {
      assert.equal(failed, '', 'an earlier command has failed')
      failed = command
      const typed = command.replace('localhost:3000', () => `localhost:${port}`)
      const { code, printed } = await shell.type(typed)
      assert.equal(code, 0, shell.output)
      if (command.endsWith('&')) {
        port = (await shell.printed(/http:\/\/localhost:(\d+)[\s\S]*ready/))[1]!
      }
      if (output !== '') assert.equal(printed.trim(), output)
      failed = ''
    })
  }
})
