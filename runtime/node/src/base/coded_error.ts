/** Creates an error with the `code` and message that node:http has for the same mistake. */
export function codedError(
  kind: new (message: string) => Error,
  code: string,
  message: string,
): Error & { code: string } {
  const error = new kind(message) as Error & { code: string }
  error.code = code
  return error
}
