/**
 * Splits the output of `cmake --build` into its steps. Only ninja's output shows which text belongs
 * to which step.
 */
import type { Ended } from './run.ts'

/** One step of ninja. */
export interface Step {
  readonly failed: boolean
  /** The line that names its outputs. */
  readonly outputs: string
  /** Everything it printed, including that line. */
  readonly text: string
}

/** Returns the steps of a build that printed something. */
export function stepsOf(
  { stdout, stderr }: Pick<Ended, 'stdout' | 'stderr'>,
  root: string,
): Step[] {
  const texts = `${stdout}\n${stderr}`.split(/^(?=FAILED: |\[\d+\/\d+\] |ninja: )/m)
  return texts
    .filter((text) => !text.startsWith('ninja: '))
    .map((text) => ({
      failed: text.startsWith('FAILED: '),
      outputs: text.slice(0, text.indexOf('\n')).replaceAll(`${root}/`, ''),
      text,
    }))
}

/** Returns a step's messages; a failed step prints its command after `FAILED:`. */
export function textOf({ text }: Pick<Step, 'text'>): string {
  return text.replace(/^FAILED: .*\n.*\n/, '').trim()
}

/** Returns the command of a step that printed nothing else. */
export function commandOf({ text }: Step): string {
  return text.trim()
}

/** Returns the compiler's warnings in a build that succeeded. */
export function warningsIn(built: Ended, root: string, ninja: boolean): string[] {
  const relative = (text: string): string => text.replaceAll(`${root}/`, '').trim()
  if (!ninja) return built.stderr.includes('warning: ') ? [relative(built.stderr)] : []
  const steps = stepsOf(built, root).filter(
    ({ failed, text }) => !failed && text.includes('warning: '),
  )
  return steps.map(({ text }) => relative(text.slice(text.indexOf('\n') + 1)))
}
