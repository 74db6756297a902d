const pattern = /^([-+]?\d+(?:\.\d+)?) *(kb|mb|gb|tb|pb|b)$/i
const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
  tb: 1024 ** 4,
  pb: 1024 ** 5,
}

/**
 * Parses a size as in Next.js's configuration: `1mb`, `500kb`, 1000. Returns bytes; null if
 * invalid.
 */
export function parseSize(size: string | number): number | null {
  if (typeof size === 'number') return Number.isNaN(size) ? null : size
  const match = pattern.exec(size)
  const value =
    match === null
      ? parseInt(size, 10)
      : Math.floor(units[match[2]!.toLowerCase()]! * parseFloat(match[1]!))
  return Number.isNaN(value) ? null : value
}

/** Formats a size in the largest unit that it reaches: `4MB`, `1.5KB`. */
export function formatSize(bytes: number): string {
  const name = Object.keys(units).findLast((unit) => Math.abs(bytes) >= units[unit]!) ?? 'b'
  const value = (bytes / units[name]!).toFixed(2).replace(/(?:\.0*|(\.[^0]+)0+)$/, '$1')
  return value + name.toUpperCase()
}
