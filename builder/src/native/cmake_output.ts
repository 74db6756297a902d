/** What `cmake --build` prints, cut into its steps. Only ninja says which words belong to which. */
import type { Ended } from './run.ts'

/** One step of ninja. */
export interface Step {
  readonly failed: boolean
  /** The line that says what it makes. */
  readonly outputs: string
  /** All it printed, that line included. */
  readonly text: string
}

/** The steps of a build that said something. */
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

/** What the compiler said in it: behind `FAILED:` stands its command. */
export function textOf({ text }: Pick<Step, 'text'>): string {
  return text.replace(/^FAILED: .*\n.*\n/, '').trim()
}

/** For a step that said nothing else: its command. */
export function commandOf({ text }: Step): string {
  return text.trim()
}

/** What compilers said of what they have built all the same. */
export function warningsIn(built: Ended, root: string, ninja: boolean): string[] {
  const relative = (text: string): string => text.replaceAll(`${root}/`, '').trim()
  if (!ninja) return built.stderr.includes('warning: ') ? [relative(built.stderr)] : []
  const steps = stepsOf(built, root).filter(
    ({ failed, text }) => !failed && text.includes('warning: '),
  )
  return steps.map(({ text }) => relative(text.slice(text.indexOf('\n') + 1)))
}
