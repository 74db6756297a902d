import { URL } from './platform.ts'

const localHost = /^(?:127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}|\[::1\]|localhost)$/
const dataPrefix = '/_next/data/'
const dataSuffix = '.json'
const inspect = Symbol.for('nodejs.util.inspect.custom')

/** The parts of the project's configuration that concern its URLs. */
export interface NextUrlOptions {
  readonly base?: string | URL | undefined
  /** Whether the path also contains the default locale. */
  readonly forceLocale?: boolean | undefined
  readonly nextConfig?:
    | {
        readonly basePath?: string | undefined
        readonly trailingSlash?: boolean | undefined
        readonly i18n?: LocaleConfig | null | undefined
        readonly skipProxyUrlNormalize?: boolean | undefined
      }
    | undefined
}

/** The key `i18n` of next.config. */
export interface LocaleConfig {
  readonly locales: readonly string[]
  readonly defaultLocale: string
  readonly domains?: readonly DomainLocale[] | undefined
}

/** A domain with its own default locale. */
export interface DomainLocale {
  readonly domain: string
  readonly defaultLocale: string
  readonly locales?: readonly string[]
  readonly http?: true
}

/**
 * Next.js's `NextURL`: a URL whose path is separate from the project's `basePath`. Local addresses
 * are normalized to `localhost`. If the project has locales (which middleware sees), the path is
 * separate from the locale too; paths below `/api` have none.
 */
export class NextURL {
  #url: URL
  #basePath = ''
  #buildId: string | undefined
  #trailingSlash: boolean | undefined
  #locale: string | undefined
  #domainLocale: DomainLocale | undefined
  readonly #options: NextUrlOptions

  constructor(
    input: string | URL | NextURL,
    baseOrOptions?: string | URL | NextURL | NextUrlOptions,
    options?: NextUrlOptions,
  ) {
    const isBase =
      typeof baseOrOptions === 'string' ||
      (baseOrOptions !== undefined && 'pathname' in baseOrOptions)
    this.#options = (isBase ? options : (baseOrOptions as NextUrlOptions | undefined)) ?? {}
    this.#url = parse(String(input), isBase ? String(baseOrOptions) : this.#options.base)
    this.#analyze()
  }

  get href(): string {
    return `${this.protocol}//${this.host}${this.#formatPath()}${this.search}${this.hash}`
  }

  set href(url: string) {
    this.#url = parse(String(url), undefined)
    this.#analyze()
  }

  get origin(): string {
    return this.#url.origin
  }

  get protocol(): string {
    return this.#url.protocol
  }

  set protocol(value: string) {
    this.#url.protocol = value
  }

  get username(): string {
    return this.#url.username
  }

  set username(value: string) {
    this.#url.username = value
  }

  get password(): string {
    return this.#url.password
  }

  set password(value: string) {
    this.#url.password = value
  }

  get host(): string {
    return this.#url.host
  }

  set host(value: string) {
    this.#url.host = value
  }

  get hostname(): string {
    return this.#url.hostname
  }

  set hostname(value: string) {
    this.#url.hostname = value
  }

  get port(): string {
    return this.#url.port
  }

  set port(value: string) {
    this.#url.port = value
  }

  /** The path without the project's `basePath`. */
  get pathname(): string {
    return this.#url.pathname
  }

  set pathname(value: string) {
    this.#url.pathname = value
  }

  get search(): string {
    return this.#url.search
  }

  set search(value: string) {
    this.#url.search = value
  }

  get searchParams(): URLSearchParams {
    return this.#url.searchParams
  }

  get hash(): string {
    return this.#url.hash
  }

  set hash(value: string) {
    this.#url.hash = value
  }

  get basePath(): string {
    return this.#basePath
  }

  set basePath(value: string) {
    this.#basePath = value.startsWith('/') ? value : `/${value}`
  }

  /**
   * The build ID in a path of Next.js's data files, `/_next/data/BUILD/path.json`; `pathname` is
   * then that of the page.
   */
  get buildId(): string | undefined {
    return this.#buildId
  }

  set buildId(value: string | undefined) {
    this.#buildId = value
  }

  /** The locale of the path, or the default one; empty if the project has none. */
  get locale(): string {
    return this.#locale ?? ''
  }

  /** @throws TypeError for a locale that is not configured. */
  set locale(locale: string) {
    if (this.#locale === undefined || !this.#locales?.locales.includes(locale)) {
      throw new TypeError(`The NextURL configuration includes no locale "${locale}"`)
    }
    this.#locale = locale
  }

  /** The default locale of the domain, or of the project. */
  get defaultLocale(): string | undefined {
    return this.#domainLocale?.defaultLocale ?? this.#locales?.defaultLocale
  }

  /** The configuration of the URL's domain. */
  get domainLocale(): DomainLocale | undefined {
    return this.#domainLocale
  }

  clone(): NextURL {
    return new NextURL(this.href, this.#options)
  }

  toString(): string {
    return this.href
  }

  toJSON(): string {
    return this.href
  }

  [inspect](
    depth: number,
    options: object,
    inspectValue: (value: unknown, options: object) => string,
  ): string {
    if (depth < 0) return '[NextURL]'
    const {
      href,
      origin,
      protocol,
      username,
      password,
      host,
      hostname,
      port,
      pathname,
      search,
      searchParams,
      hash,
    } = this
    const shown = {
      href,
      origin,
      protocol,
      username,
      password,
      host,
      hostname,
      port,
      pathname,
      search,
      searchParams,
      hash,
    }
    return `NextURL ${inspectValue(shown, options)}`
  }

  #analyze(): void {
    const { pathname } = this.#url
    const basePath = this.#options.nextConfig?.basePath ?? ''
    this.#trailingSlash =
      pathname !== '/' ? pathname.endsWith('/') : this.#options.nextConfig?.trailingSlash
    if (basePath !== '' && (pathname === basePath || pathname.startsWith(`${basePath}/`))) {
      this.#url.pathname = pathname.slice(basePath.length) || '/'
      this.#basePath = basePath
    } else {
      this.#basePath = ''
    }
    this.#analyzeData()
    if (this.#locales) this.#analyzeLocale(this.#locales)
  }

  #analyzeData(): void {
    const { pathname } = this.#url
    this.#buildId = undefined
    if (!pathname.startsWith(dataPrefix) || !pathname.endsWith(dataSuffix)) return
    if (this.#options.nextConfig?.skipProxyUrlNormalize === true) return
    const [buildId, ...page] = pathname.slice(dataPrefix.length, -dataSuffix.length).split('/')
    this.#buildId = buildId
    this.#url.pathname = page[0] === 'index' ? '/' : `/${page.join('/')}`
  }

  get #locales(): LocaleConfig | undefined {
    return this.#options.nextConfig?.i18n ?? undefined
  }

  #analyzeLocale({ locales, domains }: LocaleConfig): void {
    const host = this.#url.hostname.toLowerCase()
    this.#domainLocale = domains?.find(
      ({ domain }) => domain.split(':', 1)[0]!.toLowerCase() === host,
    )
    const first = this.#url.pathname.split('/', 2)[1]!
    const named = locales.find((locale) => locale.toLowerCase() === first.toLowerCase())
    if (named !== undefined) this.#url.pathname = this.#url.pathname.slice(first.length + 1) || '/'
    this.#locale = named ?? this.defaultLocale
  }

  /** Returns the path with its locale, if the URL shows it. */
  #localizedPath(): string {
    const { pathname } = this.#url
    const locale = this.#locale
    const hidden =
      this.#options.forceLocale === true || this.#buildId ? undefined : this.defaultLocale
    if (locale === undefined || locale === hidden) return pathname
    const lower = `${pathname.toLowerCase()}/`
    if (lower.startsWith('/api/') || lower.startsWith(`/${locale.toLowerCase()}/`)) return pathname
    return `/${locale}${pathname}`
  }

  #formatPath(): string {
    let path = this.#localizedPath()
    const data = this.#buildId ? dataPrefix + this.#buildId : undefined
    // Next.js writes the index page of a locale as `/enindex.json`.
    if (data !== undefined)
      path =
        data +
        (path.replace(/\/+$/, '') || '/') +
        (this.pathname === '/' ? 'index' : '') +
        dataSuffix
    if (this.#basePath !== '') path = this.#basePath + (path === '/' ? '' : path)
    const ends = path.endsWith('/')
    if (this.#trailingSlash && data === undefined) return ends ? path : `${path}/`
    return ends && path !== '/' ? path.replace(/\/+$/, '') || '/' : path
  }
}

function parse(input: string, base: string | URL | undefined): URL {
  const url = new URL(input, base)
  if (localHost.test(url.hostname)) url.hostname = 'localhost'
  return url
}

/** Returns a URL as text. @throws Error with Next.js's message for a URL that is not absolute. */
export function absoluteUrl(url: string | URL | NextURL): string {
  try {
    return String(new URL(String(url)))
  } catch (cause) {
    throw new Error(
      `URL is malformed "${String(url)}". Please use only absolute URLs - https://nextjs.org/docs/messages/middleware-relative-urls`,
      { cause },
    )
  }
}
