/** Does what a document tells a newcomer to do, in an empty folder, and compares what they see. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Block, outputPattern, typings } from './document.ts'
import { freePort } from './free_port.ts'
import { hangTimeout } from './hang_timeout.ts'
import { write } from './project.ts'
import { Shell } from './shell.ts'

const startsServer = /^(?:npx )?millrace (?:dev|start)\b|^npm (?:run dev|start)\b/

/** The terminal in which the document's server runs, and the one in which everything else does. */
export class Reader {
  readonly #env: Readonly<Record<string, string>>
  readonly #shell: Shell
  #server: ChildProcess | undefined
  #output = ''
  /** Where in the server's output the next block of it begins. */
  #read = 0
  #seen = () => {}
  /** The free ports that stand for those of the document. */
  #port = '3000'
  readonly #adminPort = freePort()

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    // The port is any free one; what the document shows is port 3000.
    this.#env = { ...env, PORT: '0', no_proxy: '*', NO_COLOR: '1' }
    this.#shell = new Shell(folder, this.#env)
  }

  /** @throws {Error} if what is seen is not what the document shows. */
  async follow(block: Block): Promise<void> {
    if (block.kind === 'file') {
      write(await this.#folder(), block.path, await this.#asTyped(block.text))
    }
    if (block.kind === 'printed') await this.#expectPrinted(block.text)
    if (block.kind !== 'commands') return
    for (const { command, output } of typings(block.text)) {
      if (command === '^C') await this.stop()
      else if (startsServer.test(command)) await this.#start(command, output)
      else await this.#type(command, output)
    }
  }

  /** Interrupts the server, as Ctrl+C does, and waits until it has ended. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'close')
    process.kill(-server.pid!, 'SIGINT')
    await ended
  }

  /** Ends everything that the document has started. */
  async end(): Promise<void> {
    await this.stop()
    await this.#shell.end()
  }

  async #folder(): Promise<string> {
    return (await this.#shell.type('pwd')).printed.trim()
  }

  async #type(command: string, shown: string): Promise<void> {
    const { code, printed } = await this.#shell.type(await this.#asTyped(command))
    if (shown === '') assert.equal(code, 0, `${command} ended with ${code}:\n${printed}`)
    else compare(command, shown, this.#asShown(printed))
  }

  async #start(command: string, shown: string): Promise<void> {
    assert.equal(this.#server, undefined, `^C is missing before ${command}`)
    const server = spawn('bash', ['-c', `exec 2>&1; ${command}`], {
      cwd: await this.#folder(),
      env: this.#env as unknown as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    })
    this.#server = server
    this.#output = ''
    this.#read = 0
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      this.#seen()
    })
    server.once('close', () => this.#seen())
    const [, port] = await this.#printed(/http:\/\/localhost:(\d+)[\s\S]*ready/i)
    this.#port = port!
    if (shown !== '') await this.#expectPrinted(shown)
  }

  /** Resolves once the server has printed what is shown, after what was shown before. */
  async #expectPrinted(shown: string): Promise<void> {
    const match = await this.#printed(outputPattern(`…\n${shown}`, 'more may follow')).catch(
      (error: Error) => {
        compare('the server', shown, this.#asShown(this.#output).slice(this.#read))
        throw error
      },
    )
    this.#read += match[0].length
  }

  #printed(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void) => {
        clearTimeout(late)
        this.#seen = () => {}
        action()
      }
      const fail = (why: string) =>
        settle(() => reject(new Error(`the server ${why}:\n${this.#output}`)))
      const late = setTimeout(() => fail(`did not print ${pattern}`), hangTimeout(120))
      this.#seen = () => {
        const match = pattern.exec(this.#asShown(this.#output).slice(this.#read))
        if (match !== null) settle(() => resolve(match))
        else if (this.#server?.exitCode !== null || this.#server.signalCode !== null) fail('ended')
      }
      this.#seen()
    })
  }

  async #asTyped(text: string): Promise<string> {
    return text
      .replaceAll('localhost:3000', `localhost:${this.#port}`)
      .replaceAll(':9464', `:${await this.#adminPort}`)
  }

  #asShown(printed: string): string {
    return printed
      .replaceAll('\r', '')
      .replaceAll(`localhost:${this.#port}`, 'localhost:3000')
      .replaceAll(`port ${this.#port}`, 'port 3000')
  }
}

function compare(command: string, shown: string, printed: string): void {
  const text = `${printed.trimEnd()}\n`
  if (!outputPattern(shown, 'whole').test(text))
    assert.equal(printed.trimEnd(), shown.trimEnd(), command)
}
