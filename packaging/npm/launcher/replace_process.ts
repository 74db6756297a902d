/** Runs a program in place of this one. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** The signals that a service manager or a user sends to a server. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const
/** A terminal sends these to the program, too. */
const fromKeyboard = ['SIGINT', 'SIGQUIT'] as const

/**
 * Replaces this process. Node.js before 22.15 cannot: there the program is a child, which receives
 * the signals and whose exit code becomes that of this process.
 */
export function replaceProcess(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): void {
  if (typeof process.execve === 'function') {
    process.execve(program, [program, ...args], environment)
  }
  const child = spawn(program, [...args], { env: environment, stdio: 'inherit' })
  for (const signal of passedOn) process.on(signal, () => child.kill(signal))
  for (const signal of fromKeyboard)
    process.on(signal, () => process.stdin.isTTY || child.kill(signal))
  child.once('error', (error) => {
    process.stderr.write(`error: ${program} cannot be run: ${error.message}\n`)
    process.exitCode = 1
  })
  child.once('exit', (code, signal) => {
    // As a shell reports it.
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
  })
}
