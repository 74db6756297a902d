/**
 * Checks the `i18n` option, with Next.js's messages. API routes have no locales; rules and
 * middleware see them.
 */

const more = 'See more info here: https://nextjs.org/docs/messages/invalid-i18n-config'

/** A domain with its own default locale. */
export interface LocaleDomain {
  readonly domain: string
  readonly defaultLocale: string
  readonly locales?: readonly string[]
  readonly http?: true
}

/** The option as the manifest has it: the default locale comes first. */
export interface Locales {
  readonly locales: readonly string[]
  readonly defaultLocale: string
  readonly domains?: readonly LocaleDomain[]
  readonly localeDetection?: boolean
}

/** @throws Error that names the fault in `given`. */
export function readLocales(given: unknown): Locales | null {
  if (given === undefined || given === null || given === false) return null
  if (typeof given !== 'object')
    fail(`Specified i18n should be an object received ${typeof given}.`)
  const { locales, defaultLocale, domains, localeDetection } = given as Record<string, unknown>
  if (!Array.isArray(locales))
    fail(`Specified i18n.locales should be an Array received ${typeof locales}.`)
  if (typeof defaultLocale !== 'string' || defaultLocale === '') {
    fail('Specified i18n.defaultLocale should be a string.')
  }
  const invalid = locales.filter((locale) => typeof locale !== 'string')
  if (invalid.length > 0) {
    fail(
      `Specified i18n.locales contains invalid values (${invalid.map(String).join(', ')}), ` +
        'locales must be valid locale tags provided as strings e.g. "en-US".',
    )
  }
  const names = locales as string[]
  if (!names.includes(defaultLocale))
    fail('Specified i18n.defaultLocale should be included in i18n.locales.')
  const twice = repeated(names)
  if (twice.length > 0) {
    fail(
      `Specified i18n.locales contains the following duplicate locales:\n${twice.join(', ')}\n` +
        'Each locale should be listed only once.',
    )
  }
  if (localeDetection !== undefined && typeof localeDetection !== 'boolean') {
    fail(
      `Specified i18n.localeDetection should be undefined or a boolean received ${typeof localeDetection}.`,
    )
  }
  return {
    locales: [defaultLocale, ...names.filter((locale) => locale !== defaultLocale)],
    defaultLocale,
    ...(domains === undefined ? {} : { domains: readDomains(domains) }),
    ...(localeDetection === undefined ? {} : { localeDetection }),
  }
}

function readDomains(given: unknown): LocaleDomain[] {
  const format = "{ domain: 'example.fr', defaultLocale: 'fr', locales: ['fr'] }"
  if (!Array.isArray(given)) {
    fail(
      `Specified i18n.domains must be an array of domain objects e.g. [ ${format} ] received ${typeof given}.`,
    )
  }
  const invalid = given.filter((item: unknown) => !isDomain(item, given))
  if (invalid.length > 0) {
    const items = invalid.map((item) => JSON.stringify(item)).join('\n')
    fail(`Invalid i18n.domains values:\n${items}\n\ndomains value must follow format ${format}.`)
  }
  return given as LocaleDomain[]
}

function isDomain(item: unknown, all: readonly unknown[]): item is LocaleDomain {
  if (typeof item !== 'object' || item === null) return false
  const { domain, defaultLocale, locales } = item as Partial<LocaleDomain>
  if (!defaultLocale || typeof domain !== 'string' || domain === '' || domain.includes(':'))
    return false
  const others = all.filter((other) => other !== item) as Partial<LocaleDomain>[]
  if (others.some((other) => other?.defaultLocale === defaultLocale && other.domain !== domain))
    return false
  if (!Array.isArray(locales)) return true
  return locales.every(
    (locale) =>
      typeof locale === 'string' && !others.some((other) => other?.locales?.includes(locale)),
  )
}

function repeated(names: readonly string[]): string[] {
  const lower = names.map((name) => name.toLowerCase())
  return names.filter((_, index) => lower.indexOf(lower[index]!) !== index)
}

function fail(message: string): never {
  throw new Error(`${message}\n${more}`)
}
