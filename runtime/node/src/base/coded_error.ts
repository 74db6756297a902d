/** An error with the `code` and the text that node:http gives the same mistake. */
export function codedError(
  kind: new (message: string) => Error,
  code: string,
  message: string,
): Error & { code: string } {
  const error = new kind(message) as Error & { code: string }
  error.code = code
  return error
}
