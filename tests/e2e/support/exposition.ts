/**
 * Parses metrics in Prometheus's text format 0.0.4 or in OpenMetrics 1.0, and throws where the text
 * violates it.
 */
import assert from 'node:assert/strict'

/** One sample of a page. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric with its samples. */
export interface Family {
  readonly name: string
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/
const labelPart = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y
const suffixes: Record<string, readonly string[]> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {}
  labelPart.lastIndex = 0
  while (labelPart.lastIndex < text.length) {
    const part = labelPart.exec(text)
    assert.ok(part, `labels: ${text}`)
    assert.ok(!(part[1]! in labels), `label ${part[1]} twice: ${text}`)
    labels[part[1]!] = part[2]!.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c))
  }
  return labels
}

function parseNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  assert.match(text, /^-?\d+(\.\d+)?(e[+-]?\d+)?$/, `a number: ${text}`)
  return Number(text)
}

function checkHistogram({ name, samples }: Family): void {
  const key = ({ le: _, ...labels }: Sample['labels']) => JSON.stringify(labels)
  const of = (suffix: string) => samples.filter((sample) => sample.name === name + suffix)
  for (const count of of('_count')) {
    const buckets = of('_bucket').filter((bucket) => key(bucket.labels) === key(count.labels))
    const bounds = buckets.map((bucket) => parseNumber(bucket.labels['le']!))
    assert.deepEqual(
      bounds,
      bounds.toSorted((a, b) => a - b),
    )
    const values = buckets.map((bucket) => bucket.value)
    assert.deepEqual(
      values,
      values.toSorted((a, b) => a - b),
      `${name}: not cumulative`,
    )
    assert.equal(bounds.at(-1), Number.POSITIVE_INFINITY)
    assert.equal(values.at(-1), count.value)
  }
  assert.equal(of('_count').length, of('_sum').length)
}

function checkFamily(family: Family, open: boolean): void {
  if (family.type === 'histogram') checkHistogram(family)
  const suffix = open && family.type === 'counter' ? ['_total'] : suffixes[family.type]!
  for (const { name, value } of family.samples) {
    assert.ok(
      suffix.some((end) => name === family.name + end),
      `${name} in ${family.name}`,
    )
    if (family.type !== 'gauge') assert.ok(value >= 0, `${name} ${value}`)
  }
  if (!open) assert.equal(family.type === 'counter', family.name.endsWith('_total'), family.name)
}

/** Parses a page. `open`: it is in OpenMetrics. */
export function parseExposition(text: string, open = false): Map<string, Family> {
  assert.ok(text.endsWith('\n'))
  const lines = text.slice(0, -1).split('\n')
  if (open) assert.equal(lines.pop(), '# EOF')
  const families = new Map<string, Family & { samples: Sample[] }>()
  const seen = new Set<string>()
  let current: (Family & { samples: Sample[] }) | undefined
  for (let i = 0; i < lines.length; ++i) {
    const help = /^# HELP (\S+) (.+)$/.exec(lines[i]!)
    if (help) {
      const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[++i]!)
      assert.equal(type?.[1], help[1], lines[i])
      assert.ok(!families.has(help[1]!), `${help[1]} twice`)
      current = { name: help[1]!, type: type![2]!, help: help[2]!, samples: [] }
      families.set(current.name, current)
      continue
    }
    const [, name, labels, value] = sampleLine.exec(lines[i]!) ?? []
    assert.ok(name !== undefined && current !== undefined, `a sample: ${lines[i]}`)
    const series = `${name}{${labels ?? ''}}`
    assert.ok(!seen.has(series), `${series} twice`)
    seen.add(series)
    current.samples.push({ name, labels: parseLabels(labels ?? ''), value: parseNumber(value!) })
  }
  for (const family of families.values()) checkFamily(family, open)
  return families
}

/** Returns the value of the sample with these labels; undefined where there is none. */
export function sampleValue(
  families: Map<string, Family>,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const family = families.get(name.replace(/_(bucket|sum|count)$/, '')) ?? families.get(name)
  assert.ok(family, `no metric ${name}`)
  const found = family.samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )
  assert.ok(found.length <= 1, `${name}${JSON.stringify(labels)}: ${found.length} samples`)
  return found[0]?.value
}
