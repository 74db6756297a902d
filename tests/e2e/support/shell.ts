/** A shell that a test types into. */

import { spawn } from 'node:child_process'
import { hangTimeout } from './hang_timeout.ts'

/** What a command printed, and its exit code. */
export interface Typed {
  readonly code: number
  readonly printed: string
}

/** A running bash. Output and errors arrive in the order in which they are written. */
export class Shell {
  readonly #child
  #output = ''
  #typed = 0
  #seen = () => {}

  constructor(cwd: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn('bash', ['--norc', '--noprofile'], {
      cwd,
      env: env as unknown as NodeJS.ProcessEnv,
      stdio: ['pipe', 'pipe', 'inherit'],
      // Signals that are meant for the shell's jobs must not end this process.
      detached: true,
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      this.#seen()
    })
    this.#child.stdin.write('exec 2>&1\n')
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output
  }

  /** Resolves with the match once what has been printed since `from` matches. */
  printed(pattern: RegExp, from = 0): Promise<RegExpMatchArray> {
    return new Promise((done, failed) => {
      const late = setTimeout(
        () => failed(new Error(`${pattern} was not printed:\n${this.#output}`)),
        hangTimeout(300),
      )
      this.#seen = () => {
        const match = pattern.exec(this.#output.slice(from))
        if (match === null) return
        clearTimeout(late)
        this.#seen = () => {}
        done(match)
      }
      this.#seen()
    })
  }

  /** Types one command; resolves with its exit code and what was printed until it ended. */
  async type(command: string): Promise<Typed> {
    const from = this.#output.length
    const mark = `typed-${++this.#typed}`
    // The braces keep a program from reading the commands that follow.
    this.#child.stdin.write(`{ ${command}\n} </dev/null\necho "${mark} $?"\n`)
    const match = await this.printed(new RegExp(`${mark} (\\d+)\\n`), from)
    return { code: Number(match[1]), printed: this.#output.slice(from, from + match.index!) }
  }

  /** Ends the shell's job, if it has one, and the shell. */
  async end(): Promise<void> {
    await this.type('kill %1 2>/dev/null && wait')
    this.#child.stdin.end('exit\n')
  }
}
