/** The configuration of the container image. */

export interface ImageContents {
  /** "amd64" or "arm64". */
  readonly architecture: string
  readonly version: string
  /** ISO 8601. */
  readonly created: string
  /** SHA-256 of the uncompressed layers, in hexadecimal digits. */
  readonly layers: readonly string[]
}

/** In nanoseconds, as the format has it. */
const seconds = (count: number): number => count * 1e9

/** Returns the object of Docker's image format. */
export function imageConfig({ architecture, version, created, layers }: ImageContents): object {
  return {
    architecture,
    os: 'linux',
    created,
    config: {
      User: '10001:10001',
      WorkingDir: '/app',
      Env: [
        'PATH=/usr/local/bin:/usr/bin:/bin',
        'HOME=/tmp',
        'NODE_ENV=production',
        'NEXT_TELEMETRY_DISABLED=1',
      ],
      Cmd: ['millrace', 'start'],
      ExposedPorts: { '3000/tcp': {} },
      StopSignal: 'SIGTERM',
      Healthcheck: {
        Test: ['CMD', 'node', '/usr/lib/millrace/share/millrace/health.mjs'],
        Interval: seconds(30),
        Timeout: seconds(10),
        StartPeriod: seconds(10),
        Retries: 3,
      },
      Labels: {
        'org.opencontainers.image.title': 'millrace',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'MIT',
      },
    },
    rootfs: { type: 'layers', diff_ids: layers.map((digest) => `sha256:${digest}`) },
    history: layers.map(() => ({ created, created_by: 'packaging/image/make' })),
  }
}
