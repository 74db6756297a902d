/**
 * How long a test waits before something counts as hung, in milliseconds; never a threshold of a
 * test. `MILLRACE_TEST_PATIENCE` gives it in seconds, where that is longer than `seconds`, for a
 * machine that is kept busy on purpose.
 */
export function patienceOf(seconds: number): number {
  const given = process.env['MILLRACE_TEST_PATIENCE']
  if (given === undefined) return seconds * 1000
  if (!/^[1-9]\d*$/.test(given))
    throw new Error(`MILLRACE_TEST_PATIENCE: expected whole seconds, found '${given}'`)
  return Math.max(seconds, Number(given)) * 1000
}
