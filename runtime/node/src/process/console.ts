import { Console } from 'node:console'
import { isatty } from 'node:tty'

import { loggedText } from '../base/errors.ts'
import { LogLevel } from '../../../../protocol/generated/frames.ts'

/** Receives a line for the log. */
export type LogLine = (level: number, text: string) => void

const levels: Readonly<Record<string, number>> = {
  debug: LogLevel.debug,
  warn: LogLevel.warn,
  trace: LogLevel.error,
  error: LogLevel.error,
  assert: LogLevel.error,
}

/**
 * Sends what the global console prints to `log`, each call with its level. Formatting, groups,
 * counters and timers are those of Node.js. `process.stdout` and `process.stderr` are unchanged.
 */
export function redirectConsole(log: LogLine): void {
  let level: number = LogLevel.info
  const sink = {
    write(text: string): boolean {
      log(level, text.endsWith('\n') ? text.slice(0, -1) : text)
      return true
    },
  }
  const inner = new Console({
    stdout: sink as unknown as NodeJS.WritableStream,
    stderr: sink as unknown as NodeJS.WritableStream,
    ignoreErrors: false,
    colorMode: isatty(2),
  })
  for (const name of Object.keys(inner) as (keyof Console)[]) {
    const method = inner[name] as unknown
    if (typeof method !== 'function') continue
    const own = levels[name] ?? LogLevel.info
    const redirected = (...values: unknown[]): unknown => {
      level = own
      const text = loggedText(values.at(-1))
      return method.apply(inner, text === undefined ? values : [...values.slice(0, -1), text])
    }
    Object.defineProperty(redirected, 'name', { value: name })
    ;(console as unknown as Record<string, unknown>)[name] = redirected
  }
}
