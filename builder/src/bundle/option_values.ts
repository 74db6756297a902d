/**
 * Checks the values of route options; an invalid value fails the build, as it fails Next.js's.
 */
import type { RouteSource } from '../project/route_source.ts'

interface Rule {
  /** Follows the name of the option, in Next.js's words. */
  readonly complaint: (value: unknown) => string
  readonly holds: (value: unknown) => boolean
}

const oneOf = (...values: readonly string[]): Rule => ({
  complaint: (value) =>
    typeof value === 'string'
      ? `has an invalid value: unknown variant \`${value}\`, expected one of ${values.map((known) => `\`${known}\``).join(', ')}.`
      : 'needs to be a static string.',
  holds: (value) => values.includes(value as string),
})
const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0
const runtime = oneOf('nodejs', 'edge', 'experimental-edge')

const ofApp: Readonly<Record<string, Rule>> = {
  runtime,
  dynamic: oneOf('auto', 'force-dynamic', 'error', 'force-static'),
  dynamicParams: {
    complaint: () => 'needs to be a static boolean.',
    holds: (value) => typeof value === 'boolean',
  },
  fetchCache: oneOf(
    'auto',
    'default-cache',
    'only-cache',
    'force-cache',
    'default-no-store',
    'only-no-store',
    'force-no-store',
  ),
  revalidate: {
    complaint: () => 'must be a non-negative integer or false.',
    holds: (value) => value === false || isCount(value),
  },
  maxDuration: { complaint: () => 'must be a non-negative integer.', holds: isCount },
  preferredRegion: {
    complaint: () => 'needs to be a static string or array of static strings.',
    holds: (value) =>
      typeof value === 'string' ||
      (Array.isArray(value) && value.every((one) => typeof one === 'string')),
  },
}
const ofPages: Readonly<Record<string, Rule>> = { runtime }

/** Returns the errors in the options that a route's source states. */
export function invalidOptions(
  { kind, file }: RouteSource,
  options: Readonly<Record<string, unknown>>,
): string[] {
  return Object.entries(kind === 'app' ? ofApp : ofPages)
    .filter(([name, { holds }]) => options[name] !== undefined && !holds(options[name]))
    .map(
      ([name, { complaint }]) =>
        `${file}: Next.js can't recognize the exported \`${name}\` field in route. It ${complaint(options[name])} Read more: https://nextjs.org/docs/app/api-reference/file-conventions/route-segment-config`,
    )
}
