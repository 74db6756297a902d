/**
 * Advice for errors whose messages do not lead to their cause.
 */

/** The parts of an error that hints depend on. */
export interface HintedError {
  readonly name: string
  readonly message: string
  /** `error.code`, or empty. */
  readonly code: string
}

/** Returns advice, or empty if there is none for this error. */
export function hintFor({ name, message, code }: HintedError): string {
  for (const [applies, hint] of hints) if (applies.test(`${name} ${code}: ${message}`)) return hint
  return ''
}

/** Tested on `NAME CODE: MESSAGE`; the first that matches applies. */
const hints: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED/,
    'Nothing listens at this address. Is the database or service running, and does its variable in .env name the right host and port?',
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    'The host name cannot be resolved. Check the spelling of the URL, and the network.',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT/,
    'Node.js does not trust the certificate. Name the authority that signed it: NODE_EXTRA_CA_CERTS=ca.pem.',
  ],
  [/EMFILE/, 'The worker has opened too many files or connections: is one opened per request?'],
  [
    /^ReferenceError : (?:window|document|localStorage|sessionStorage|navigator|location) is not defined/,
    'Routes run in Node.js, where the objects of a browser do not exist.',
  ],
  [
    /^ReferenceError : (?:require|module|exports|__dirname|__filename) is not defined/,
    'The file is an ES module: use `import`, and `import.meta.dirname` for its folder.',
  ],
  [
    /^(?:TypeError ERR_INVALID_URL|TypeError : Failed to parse URL from \/)/,
    'On the server a URL needs its origin: `new URL(path, request.url)`. Is the variable with the base URL set?',
  ],
  [
    /Body is unusable|Body has already been (?:read|consumed)/,
    'A body can be read once. Keep the result in a variable, or read from `request.clone()`.',
  ],
  [
    /^SyntaxError : (?:Unexpected end of JSON input|Unexpected token .* is not valid JSON)/,
    'The text is not JSON. If it is the request body: was one sent, and with the right encoding?',
  ],
  [
    /(?:cookies|headers|draftMode)(?:\(\))?[`'"]? was called outside a request scope/,
    'Call it inside the handler, not at the top level of the module and not in a timer.',
  ],
  [
    /@prisma\/client did not initialize|PrismaClientInitializationError/,
    'Run `prisma generate`, and check DATABASE_URL.',
  ],
  [
    /(?:ERR_)?MODULE_NOT_FOUND: Cannot find (?:module|package) '[^./'][^']*'/,
    'If it is a package, install it and start the server again.',
  ],
]
