/** Makes certificates for tests of TLS. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** Makes NAME.pem and NAME.key in the folder, for the host name. */
export function makeCertificate(folder: string, name: string, host: string): void {
  execFileSync(
    'openssl',
    // biome-ignore format: an option and its value a line
    [
      'req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
      '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '30',
      '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`),
    ],
    { stdio: 'pipe' },
  )
}
