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
  const { adapterPath, output, distDir } = config
  return [
    ...(typeof adapterPath === 'string'
      ? [
          {
            option: 'adapterPath',
            text: 'Millrace runs `next build` with its own adapter, and that of the project beside it.',
          },
        ]
      : []),
    ...(output === 'standalone'
      ? [
          {
            option: 'output',
            text: 'The build is in .millrace/builds; `millrace build --standalone` makes a folder to serve elsewhere.',
          },
        ]
      : []),
    ...(typeof distDir === 'string' && distDir !== '.next'
      ? [{ option: 'distDir', text: 'The build is in .millrace/builds.' }]
      : []),
  ]
}
