// Reads settings_keys.json for the generators: checks it, converts values to each type's unit, and
// adds in words what a reader expects.
import { readFileSync } from 'node:fs'

export const source = 'src/project/settings_keys.json'
export const command = 'node scripts/settings-keys/generate.mjs'

const durations = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const bytes = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 }
const mostCount = 1_000_000
const day = 24 * 3600

/** Converts a number with a unit, as in millrace.toml; a number without a unit counts `plain`. */
function scaled(value, units, plain) {
  if (typeof value === 'number') return value * plain
  const [, number, unit] = /^(\d+)(\w+)$/.exec(value) ?? []
  if (!(unit in units)) throw new Error(`${source}: ${JSON.stringify(value)} has no known unit`)
  return Number(number) * units[unit]
}

const grouped = (number) => number.toString().replace(/\B(?=(\d{3})+$)/g, ',')
/** Joins alternatives: `a, b or c`. */
const alternatives = (texts) => `${texts.slice(0, -1).join(', ')} or ${texts.at(-1)}`
const quoted = (value) => (typeof value === 'number' ? `${value}` : `"${value}"`)

/**
 * For each type: the C++ type, the conversion of a value, what is expected, a word for the
 * documents.
 */
export const types = {
  bool: { cpp: 'bool', expects: () => 'true or false', word: '`true` or `false`' },
  count: {
    cpp: 'std::size_t',
    number: (value) => value,
    most: mostCount,
    expects: ({ min = 0, max = mostCount }) => `an integer from ${min} to ${grouped(max)}`,
    word: 'integer',
  },
  size: {
    cpp: 'std::uint64_t',
    number: (value) => scaled(value, bytes, 1),
    most: 2 ** 52,
    expects: ({ min, max }) =>
      max !== undefined
        ? `a size from ${quoted(min)} to ${quoted(max)}`
        : min !== undefined
          ? `a size of at least ${quoted(min)}`
          : 'a size ("512MB", "1GB", or bytes)',
    word: 'size',
  },
  duration: {
    cpp: 'std::chrono::milliseconds',
    number: (value) => scaled(value, durations, 1000),
    most: 2 ** 52,
    expects: () => 'a duration ("500ms", "30s", "5m", "1h", or seconds)',
    word: 'duration',
  },
  seconds: {
    cpp: 'std::uint32_t',
    number: (value) => scaled(value, durations, 1000) / 1000,
    most: day,
    expects: ({ min = '0s' }) => `whole seconds from ${min} to 24h`,
    word: 'duration',
  },
  text: { cpp: 'std::string', expects: () => 'a string', word: 'string' },
  path: {
    cpp: 'std::string',
    expects: () => 'a path that begins with "/" ("/api/health")',
    word: 'path',
  },
  address: {
    cpp: 'std::string',
    expects: () => 'a host and a port ("127.0.0.1:9464")',
    word: 'address',
  },
  ratio: {
    cpp: 'double',
    expects: () => 'a number from 0 to 1',
    word: 'number from 0 to 1',
  },
  url: {
    cpp: 'std::string',
    expects: () => 'an http or https URL ("http://127.0.0.1:4318")',
    word: 'URL',
  },
  origin: {
    cpp: 'std::string',
    expects: () => 'the URL of a server, without a path ("http://127.0.0.1:3001")',
    word: 'URL',
  },
  origins: {
    cpp: 'std::vector<std::string>',
    expects: () => 'URLs of servers, without paths (["https://api.example.com"])',
    word: 'URLs',
  },
  glob: {
    cpp: 'std::string',
    expects: () => 'a glob that begins with "/" ("/api/legacy/**")',
    word: 'glob',
  },
  choice: {
    cpp: 'std::string',
    // The reader takes the values from this text.
    expects: ({ values }) => alternatives(values.map(quoted)),
    word: ({ values }) => alternatives(values.map((value) => `\`"${value}"\``)),
  },
  texts: { cpp: 'std::vector<std::string>', expects: () => 'an array of strings', word: 'strings' },
  globs: {
    cpp: 'std::vector<std::string>',
    expects: () => 'globs that begin with "/" (["/api/reports/**"])',
    word: 'globs',
  },
  variables: {
    cpp: 'std::vector<std::string>',
    expects: () => 'a table ({ NAME = "value" })',
    word: 'table of strings',
  },
  engine: {
    cpp: 'Engine',
    expects: () => '"auto", "light" or "next"',
    word: '`"auto"`, `"light"` or `"next"`',
  },
  networks: {
    cpp: 'std::vector<base::IpNetwork>',
    expects: () => 'addresses or networks (["10.0.0.0/8", "2001:db8::1"])',
    word: 'networks',
  },
  codings: {
    cpp: 'std::vector<std::string>',
    expects: () => '"zstd", "br", "gzip" or "deflate", each at most once (["zstd", "br", "gzip"])',
    word: 'content codings',
  },
  workers: { expects: () => 'a number from 1 to 1024 or "auto"', word: 'integer or `"auto"`' },
  sandbox: { expects: () => 'true, false or a table', word: '`true`, `false` or a table' },
  certificates: { expects: () => 'tables ([[tls.certificates]])', word: 'tables' },
  tables: { expects: ({ of }) => `tables ([[${of}]])`, word: 'tables' },
  rules: { expects: () => 'tables ([[build.routes]])', word: 'tables' },
}

/**
 * Returns the sections, each with its keys: `name`, `type`, `struct` (null if C++ reads it by
 * hand), `member`, `least` and `most` in the type's unit, `expects`, `shown` (the default, in words
 * or in millrace.toml's syntax), `help`, `more`.
 * @throws {Error} if the file contradicts itself.
 */
export function readTable() {
  const table = JSON.parse(readFileSync(new URL(`../../${source}`, import.meta.url), 'utf8'))
  const sections = table.sections.map((section) => ({
    ...section,
    keys: section.keys.map((key) => complete(key, section, table.structs)),
  }))
  return { ...table, sections, keys: sections.flatMap(({ keys }) => keys) }
}

function complete(key, section, structs) {
  const at = `${source}: [${section.name}] ${key.name}`
  const type = types[key.type]
  if (!type) throw new Error(`${at}: ${key.type} is not a type`)
  const struct = key.struct === undefined ? section.struct : key.struct
  if (struct !== null && !(struct in structs)) throw new Error(`${at}: ${struct} is not a struct`)
  if (struct !== null && key.default === undefined) throw new Error(`${at}: no default`)
  if (!/^[A-Z`].*\.$/.test(key.help)) throw new Error(`${at}: help must be one or more sentences`)
  const least = key.min === undefined ? 0 : type.number(key.min)
  const most = key.max === undefined ? (type.most ?? 0) : type.number(key.max)
  return {
    ...key,
    section: section.name,
    struct,
    member: key.member ?? key.name,
    least,
    most,
    expects: type.expects(key),
    shown: key.shown ?? JSON.stringify(key.default),
  }
}
