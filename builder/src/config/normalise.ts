/**
 * Turns the exports of `next.config.*` into the plain data that the server and the bundler read:
 * sets defaults, checks the options that Millrace understands, leaves out functions and classes.
 */
import { parseSize } from '../../../runtime/node/src/pages/size.ts'
import { readLocales, type Locales } from './locales.ts'

/** Lifetimes of entries with a `cacheLife` profile, in seconds. */
export interface CacheProfile {
  stale?: number
  revalidate?: number
  expire?: number
}

/** The part of a configuration that Millrace reads; other plain values are kept beside it. */
export interface ProjectConfig {
  basePath: string
  /** Prefix of URLs of the build's files, in place of basePath; empty if not set. */
  assetPrefix: string
  trailingSlash: boolean
  poweredByHeader: boolean
  generateEtags: boolean
  compress: boolean
  pageExtensions: string[]
  env: Record<string, string>
  serverExternalPackages: string[]
  transpilePackages: string[]
  distDir: string
  skipTrailingSlashRedirect: boolean
  skipProxyUrlNormalize: boolean
  i18n: Locales | null
  cacheComponents: boolean
  cacheLife: Record<string, CacheProfile>
  cacheMaxMemorySize: number
  expireTime: number
  httpAgentOptions: { keepAlive?: boolean }
  /** Maximum size of the request body that middleware receives, in bytes. */
  proxyClientMaxBodySize: number
  /** Idle timeout of an upstream server, in milliseconds. */
  proxyTimeout: number
  /** The configuration's file, if `next build` compiles with its webpack(). */
  compiledByWebpackOf?: string
  [other: string]: unknown
}

/**
 * Returns the configuration of a project without one, which a configuration function also receives.
 */
export function defaultConfig(): ProjectConfig {
  return {
    basePath: '',
    assetPrefix: '',
    trailingSlash: false,
    poweredByHeader: true,
    generateEtags: true,
    compress: true,
    pageExtensions: ['tsx', 'ts', 'jsx', 'js'],
    env: {},
    serverExternalPackages: [],
    transpilePackages: [],
    distDir: '.next',
    skipTrailingSlashRedirect: false,
    skipProxyUrlNormalize: false,
    i18n: null,
    cacheComponents: false,
    proxyClientMaxBodySize: 10 * 1024 * 1024,
    proxyTimeout: 30_000,
    cacheLife: defaultProfiles(),
    cacheMaxMemorySize: 50 * 1024 * 1024,
    expireTime: 31536000,
    httpAgentOptions: { keepAlive: true },
  }
}

const hour = 3600
const day = 24 * hour

function defaultProfiles(): Record<string, CacheProfile> {
  return {
    default: { revalidate: 900, expire: 0xfffffffe },
    seconds: { stale: 30, revalidate: 1, expire: 60 },
    minutes: { stale: 300, revalidate: 60, expire: hour },
    hours: { stale: 300, revalidate: hour, expire: day },
    days: { stale: 300, revalidate: day, expire: 7 * day },
    weeks: { stale: 300, revalidate: 7 * day, expire: 30 * day },
    max: { stale: 300, revalidate: 30 * day, expire: 365 * day },
  }
}

/**
 * Checks and completes `exported`.
 * @throws Error whose message says what was expected and what was found; the caller adds the file.
 */
export function normaliseConfig(exported: unknown): ProjectConfig {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) {
    throw new Error(`expected an object, or a function that returns one; found ${kindOf(exported)}`)
  }
  const given = plainData(exported) as Record<string, unknown>
  const config: ProjectConfig = { ...defaultConfig(), ...withoutUndefined(given) }
  // Only Next.js's bundler can run this function.
  if (typeof (exported as { webpack?: unknown }).webpack === 'function')
    config['customBundling'] = true
  if (given['serverExternalPackages'] === undefined) {
    // The option's name before Next.js 15.
    const older = (given['experimental'] as Record<string, unknown> | undefined)?.[
      'serverComponentsExternalPackages'
    ]
    if (older !== undefined) config.serverExternalPackages = older as string[]
  }
  if (
    given['skipProxyUrlNormalize'] === undefined &&
    given['skipMiddlewareUrlNormalize'] !== undefined
  ) {
    // The option's name before Next.js 16.
    config.skipProxyUrlNormalize = given['skipMiddlewareUrlNormalize'] as boolean
  }
  for (const name of flags) {
    expect(typeof config[name] === 'boolean', name, 'a boolean', config[name])
  }
  for (const name of ['serverExternalPackages', 'transpilePackages', 'pageExtensions'] as const) {
    expect(isTexts(config[name]), name, 'an array of strings', config[name])
  }
  const origins = given['allowedDevOrigins'] ?? []
  expect(isTexts(origins), 'allowedDevOrigins', 'an array of strings', origins)
  expect(
    config.pageExtensions.length > 0,
    'pageExtensions',
    'at least one extension',
    config.pageExtensions,
  )
  expect(typeof config.distDir === 'string', 'distDir', 'a string', config.distDir)
  checkBasePath(config.basePath)
  expect(typeof config.assetPrefix === 'string', 'assetPrefix', 'a string', config.assetPrefix)
  for (const name of ['cacheMaxMemorySize', 'expireTime'] as const) {
    expect(typeof config[name] === 'number', name, 'a number', config[name])
  }
  for (const name of ['cacheLife', 'httpAgentOptions'] as const) {
    expect(isObject(config[name]), name, 'an object', config[name])
  }
  config.cacheLife = { ...defaultProfiles(), ...config.cacheLife }
  config.httpAgentOptions = { ...defaultConfig().httpAgentOptions, ...config.httpAgentOptions }
  config.i18n = readLocales(config.i18n)
  config.env = readEnv(config.env)
  readExperiments(config, (given['experimental'] ?? {}) as Record<string, unknown>)
  return config
}

function checkBasePath(basePath: unknown): void {
  expect(
    isBasePath(basePath),
    'basePath',
    "'' or a path that begins with / and does not end with /, without ?, #, \\, white space and control characters",
    basePath,
  )
}

/** Copies the experimental options that the server reads to names of their own. */
function readExperiments(config: ProjectConfig, experimental: Record<string, unknown>): void {
  const size = experimental['proxyClientMaxBodySize'] ?? experimental['middlewareClientMaxBodySize']
  if (size !== undefined) {
    const bytes = typeof size === 'string' || typeof size === 'number' ? parseSize(size) : null
    expect(
      bytes !== null && bytes > 0,
      'experimental.proxyClientMaxBodySize',
      'a size above 0, such as "10mb"',
      size,
    )
    config.proxyClientMaxBodySize = bytes!
  }
  const timeout = experimental['proxyTimeout']
  if (timeout !== undefined && timeout !== null) {
    expect(
      typeof timeout === 'number' && timeout >= 0,
      'experimental.proxyTimeout',
      'milliseconds',
      timeout,
    )
    config.proxyTimeout = timeout as number
  }
}

const flags = [
  'trailingSlash',
  'poweredByHeader',
  'generateEtags',
  'compress',
  'skipTrailingSlashRedirect',
  'skipProxyUrlNormalize',
  'cacheComponents',
] as const

/**
 * Whether a value is a valid `basePath`. The server applies the same rule (is_base_path); both are
 * tested with protocol/cases/base_paths.json.
 */
export function isBasePath(value: unknown): value is string {
  return (
    value === '' ||
    (typeof value === 'string' &&
      value.startsWith('/') &&
      !value.endsWith('/') &&
      [...value].every((character) => character > ' ' && !'?#\\\x7f'.includes(character)))
  )
}

function readEnv(env: unknown): Record<string, string> {
  expect(typeof env === 'object' && env !== null, 'env', 'an object of strings', env)
  const entries = Object.entries(env as Record<string, unknown>)
  for (const [name] of entries) {
    const reserved = name.startsWith('__') || name === 'NODE_ENV'
    if (reserved)
      throw new Error(`env.${name}: this name is reserved; choose another or set it outside`)
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

function expect(holds: boolean, name: string, expected: string, found: unknown): void {
  if (!holds)
    throw new Error(
      `${name}: expected ${expected}, found ${JSON.stringify(found) ?? kindOf(found)}`,
    )
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : typeof value
}

function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined))
}

/** Returns a copy with only what JSON can represent; cycles are cut. */
function plainData(value: unknown, above: readonly unknown[] = []): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'object' || above.includes(value)) return undefined
  // Conditions of turbopack.rules may contain regular expressions.
  if (value instanceof RegExp) return { source: value.source, flags: value.flags }
  const inside = [...above, value]
  if (Array.isArray(value)) return value.map((item) => plainData(item, inside) ?? null)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null && above.length > 0) return undefined
  return withoutUndefined(
    Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, plainData(item, inside)]),
    ),
  )
}
