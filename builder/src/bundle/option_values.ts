/** Which values the options of routes may have; the others fail the build, as they fail that of Next.js. */
import type { RouteSource } from './types.ts'

interface Rule {
  readonly expected: string
  readonly holds: (value: unknown) => boolean
}

const oneOf = (...values: readonly unknown[]): Rule => ({
  expected: values.map((value) => JSON.stringify(value)).join(' or '),
  holds: (value) => values.includes(value),
})
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const runtime: Rule = { expected: '"nodejs" or "edge"', holds: (value) => ['nodejs', 'edge', 'experimental-edge'].includes(value as string) }

const ofApp: Readonly<Record<string, Rule>> = {
  runtime,
  dynamic: oneOf('auto', 'error', 'force-static', 'force-dynamic'),
  dynamicParams: oneOf(true, false),
  fetchCache: oneOf('auto', 'default-cache', 'only-cache', 'force-cache', 'force-no-store', 'default-no-store', 'only-no-store'),
  revalidate: { expected: 'false or seconds, a whole number', holds: (value) => value === false || isCount(value) },
  maxDuration: { expected: 'seconds, a whole number', holds: isCount },
  preferredRegion: {
    expected: 'a text or texts',
    holds: (value) => typeof value === 'string' || (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  },
}
const ofPages: Readonly<Record<string, Rule>> = {
  runtime,
  maxDuration: { expected: 'seconds, a number', holds: (value) => typeof value === 'number' },
}

/** What is wrong with the options that the source of a route says. */
export function invalidOptions({ path, kind, file }: RouteSource, options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(kind === 'app' ? ofApp : ofPages)
    .filter(([name, { holds }]) => options[name] !== undefined && !holds(options[name]))
    .map(
      ([name, { expected }]) =>
        `${file}: Invalid segment configuration options detected for "${path}": ${name}: expected ${expected}, found ${JSON.stringify(options[name])}. Read more at https://nextjs.org/docs/messages/invalid-page-config`,
    )
}
