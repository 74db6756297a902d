/**
 * Describes the built-in values of JavaScript and Node.js: which methods change them, and what they
 * return.
 */

const emitterMethods = [
  'on',
  'once',
  'off',
  'emit',
  'addListener',
  'removeListener',
  'removeAllListeners',
  'prependListener',
  'prependOnceListener',
]
const arrayMethods = [
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'copyWithin',
]
const mapMethods = ['set', 'delete', 'clear', 'getOrInsert', 'getOrInsertComputed']

/** The methods that change an instance of a built-in class, by the class. */
export const mutators: Readonly<Record<string, ReadonlySet<string>>> = {
  Map: new Set(mapMethods),
  Set: new Set(['add', 'delete', 'clear']),
  Array: new Set(arrayMethods),
  Object: new Set(),
  /** The content of a data file: an array or an object. */
  Data: new Set(arrayMethods),
  EventEmitter: new Set(emitterMethods),
  EventTarget: new Set(['addEventListener', 'removeEventListener', 'dispatchEvent']),
  BroadcastChannel: new Set(['postMessage', 'addEventListener']),
  PassThrough: new Set([...emitterMethods, 'write', 'end', 'push', 'pipe']),
  URLSearchParams: new Set(['set', 'append', 'delete', 'sort']),
  Headers: new Set(['set', 'append', 'delete']),
  FormData: new Set(['set', 'append', 'delete']),
}

/**
 * Methods that are assumed to change the object they are called on, if its class is unknown: those
 * above and the usual names in stores.
 */
export const usualMutators: ReadonlySet<string> = new Set([
  ...Object.values(mutators).flatMap((names) => [...names]),
  ...[
    'put',
    'del',
    'remove',
    'insert',
    'enqueue',
    'dequeue',
    'increment',
    'decrement',
    'incr',
    'decr',
    'consume',
    'reset',
    'setState',
    'subscribe',
    'publish',
    'dispatch',
  ],
])

/** Classes whose instances last in memory. */
const otherNames: Readonly<Record<string, string>> = {
  Duplex: 'PassThrough',
  Transform: 'PassThrough',
  Readable: 'PassThrough',
  Writable: 'PassThrough',
}

/** Returns the built-in class that `new name()` creates, if it keeps something; otherwise null. */
export function memoryClass(name: string): string | null {
  if (name in otherNames) return otherNames[name]!
  return name in mutators
    ? name
    : /^(?:(?:Big)?(?:Ui|I)nt|Float)\d+(?:Clamped)?Array$|^(?:Shared)?ArrayBuffer$|^Buffer$/.test(
          name,
        )
      ? 'Object'
      : null
}

/** Methods that return a contained value, or the value itself. */
export const inside = new Set([
  'find',
  'findLast',
  'at',
  'get',
  'pop',
  'shift',
  'getOrInsert',
  'getOrInsertComputed',
  'deref',
])
export const itself = new Set([
  'then',
  'catch',
  'finally',
  'sort',
  'reverse',
  'fill',
  'add',
  'set',
  'bind',
  'on',
  'once',
  'off',
  'valueOf',
])
/** Methods that return another container with the same contents. */
export const copies = new Set([
  'filter',
  'slice',
  'concat',
  'toSorted',
  'toReversed',
  'toSpliced',
  'with',
  'flat',
  'splice',
  'values',
  'entries',
  'keys',
])

/** Methods that call their argument with each item first. */
const perItem = [
  'forEach',
  'map',
  'filter',
  'some',
  'every',
  'find',
  'findLast',
  'findIndex',
  'findLastIndex',
  'flatMap',
]

/** Methods that call their argument before they return. */
export const callsAtOnce = new Set([
  ...perItem,
  ...['reduce', 'reduceRight', 'sort', 'toSorted'],
  ...['from', 'fromEntries', 'replace', 'replaceAll', 'groupBy'],
])
/** Those of them whose callback receives contained values, with the number of the parameter. */
export const passesInside: Readonly<Record<string, number>> = {
  ...Object.fromEntries(perItem.map((name) => [name, 0])),
  reduce: 1,
  reduceRight: 1,
}

/** Built-in functions that change their first argument. */
export const changesArgument = new Set([
  'Object.assign',
  'Object.defineProperty',
  'Object.defineProperties',
  'Object.setPrototypeOf',
  'Reflect.set',
  'Reflect.deleteProperty',
  'Reflect.defineProperty',
])

/** Built-in names that compute the same result from the same arguments. */
export const pureNames = new Set([
  ...[
    'JSON',
    'Object',
    'Array',
    'String',
    'Number',
    'Boolean',
    'BigInt',
    'Symbol',
    'Intl',
    'RegExp',
    'URL',
    'URLSearchParams',
    'TextEncoder',
    'TextDecoder',
  ],
  ...[
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'Error',
    'TypeError',
    'Buffer',
    'Promise',
    'Uint8Array',
    'parseInt',
    'parseFloat',
    'encodeURIComponent',
  ],
  ...[
    'decodeURIComponent',
    'require',
    'console',
    'structuredClone',
    'process',
    'Function',
    'Proxy',
    'Reflect',
    'Headers',
    'atob',
    'btoa',
    'Date',
  ],
])
/** Exceptions to `pureNames`. */
export const impureCalls = new Set([
  'Date.now',
  'Promise.race',
  'Promise.any',
  'process.hrtime',
  'process.memoryUsage',
  'process.uptime',
  'process.cpuUsage',
])

/** Functions that only read their arguments. */
export const readsOnly =
  /^(?:JSON|Object|Array|Math|String|Number|Boolean|console|Response|NextResponse|Promise|Buffer|Set|Map|structuredClone|encodeURIComponent|isNaN)(?:\.|$)/
/** Methods that only read their arguments. */
export const readingMethods = new Set([
  'json',
  'send',
  'end',
  'write',
  'includes',
  'concat',
  'has',
  'get',
  'indexOf',
  'join',
  'stringify',
  'parse',
  'safeParse',
  'log',
  'info',
  'warn',
  'error',
  'debug',
  'enqueue',
])

/** Returns what a module of Node.js keeps; all others reach out of the process or only compute. */
export function nodeClass(module: string, name: string): string | null {
  const from = module.replace(/^node:/, '')
  if (from === 'events')
    return ['EventEmitter', 'default', 'EventEmitterAsyncResource'].includes(name)
      ? 'EventEmitter'
      : null
  if (from === 'stream') return memoryClass(name)
  if (from === 'url' || from === 'buffer') return memoryClass(name)
  return null
}

const outside = new Set([
  'net',
  'tls',
  'http',
  'https',
  'http2',
  'dgram',
  'child_process',
  'sqlite',
  'worker_threads',
  'cluster',
  'dns',
])

/**
 * Whether what a module of Node.js creates refers to something outside of this process or this
 * thread.
 */
export function leavesProcess(module: string): boolean {
  return outside.has(module.replace(/^node:/, '').split('/')[0]!)
}

/** Modules of Node.js whose synchronous functions read what does not change while a server runs. */
const steady = new Set(['path', 'url', 'util', 'querystring', 'module', 'buffer', 'os'])
export function isPureOfNode(module: string, name: string): boolean {
  const from = module.replace(/^node:/, '')
  if (steady.has(from)) return true
  if (from === 'fs') return /^(?:read|exists|stat|lstat|realpath|access)\w*Sync$/.test(name)
  return (
    from === 'crypto' &&
    /^(?:createHash|createHmac|createPublicKey|createPrivateKey|createSecretKey|scryptSync|pbkdf2Sync)$/.test(
      name,
    )
  )
}
