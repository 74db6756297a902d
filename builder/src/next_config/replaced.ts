/**
 * Names the options of a configuration that Millrace replaces by something of its own. A build does
 * not mention them, because the responses are the same; `millrace doctor` does.
 */

/** An option that has another effect than under Next.js. */
export interface ReplacedOption {
  /** `output` */
  readonly option: string
  /** What holds instead, as a sentence. */
  readonly text: string
}

/** @param config as normalised. */
export function replacedOptions(config: Readonly<Record<string, unknown>>): ReplacedOption[] {
  const { output, distDir } = config
  return [
    ...(output === 'standalone'
      ? [
          {
            option: 'output',
            text: 'The build is in .millrace/builds; no folder "standalone" is made.',
          },
        ]
      : []),
    ...(typeof distDir === 'string' && distDir !== '.next'
      ? [{ option: 'distDir', text: 'The build is in .millrace/builds.' }]
      : []),
  ]
}

/**
 * Returns a warning about an adapter of the project's own, which `next build` prefers to
 * Millrace's. The configuration may leave it out there, so that only a build can tell.
 */
export function adapterWarnings({ adapterPath }: Readonly<Record<string, unknown>>): string[] {
  if (typeof adapterPath !== 'string') return []
  return [
    "next.config sets adapterPath: `next build` then calls that adapter instead of Millrace's, and `millrace build` fails if it runs `next build`. Set it only beside other servers: `adapterPath: process.env.NEXT_ADAPTER_PATH ?? …`.",
  ]
}
