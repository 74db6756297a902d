/**
 * Returns how long a test waits, in milliseconds, before an operation counts as hung; never a
 * threshold of a test. `MILLRACE_TEST_TIMEOUT` sets it in seconds, if that is longer than
 * `seconds`, for a machine that is deliberately kept busy.
 */
export function hangTimeout(seconds: number): number {
  const given = process.env['MILLRACE_TEST_TIMEOUT']
  if (given === undefined) return seconds * 1000
  if (!/^[1-9]\d*$/.test(given))
    throw new Error(`MILLRACE_TEST_TIMEOUT: expected whole seconds, found '${given}'`)
  return Math.max(seconds, Number(given)) * 1000
}
