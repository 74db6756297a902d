/** Describes an installation as an SPDX 2.3 document: parts, licences, files with their sizes. */
import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Part } from './parts.ts'

export interface Described {
  readonly name: string
  readonly version: string
  readonly platform: string
  /** The folder whose files are listed. */
  readonly prefix: string
  readonly parts: readonly Part[]
  /** ISO 8601, in seconds. */
  readonly created: string
}

/** Returns the document as an object for JSON. */
export function spdxDocument(described: Described): object {
  const { name, version, platform, prefix, parts, created } = described
  const files = filesBelow(prefix).map((path) => fileEntry(prefix, path))
  const digest = createHash('sha256')
    .update(JSON.stringify([files, parts]))
    .digest('hex')
  const packages = parts.map((part, index) => packageEntry(part, index))
  const ids = (list: readonly { readonly SPDXID: string }[]): string[] =>
    list.map(({ SPDXID }) => SPDXID)
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `${name}-${version}-${platform}`,
    documentNamespace: `https://spdx.org/spdxdocs/${name}-${version}-${platform}-${digest.slice(0, 32)}`,
    creationInfo: { created, creators: ['Tool: scripts/package'] },
    packages: [
      {
        SPDXID: 'SPDXRef-Package',
        name,
        versionInfo: version,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        licenseConcluded: 'MIT',
        licenseDeclared: 'MIT',
        copyrightText: 'NOASSERTION',
      },
      ...packages,
    ],
    files,
    relationships: [
      related('SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Package'),
      ...ids(packages).map((id) => related('SPDXRef-Package', 'CONTAINS', id)),
      ...ids(files).map((id) => related('SPDXRef-Package', 'CONTAINS', id)),
    ],
  }
}

const related = (
  spdxElementId: string,
  relationshipType: string,
  relatedSpdxElement: string,
): object => ({ spdxElementId, relationshipType, relatedSpdxElement })

interface Entry {
  readonly SPDXID: string
}

function packageEntry({ name, version, license, url, contained }: Part, index: number): Entry {
  return {
    SPDXID: `SPDXRef-Part-${index}`,
    ...{
      name,
      versionInfo: version,
      downloadLocation: 'NOASSERTION',
      filesAnalyzed: false,
      licenseConcluded: license,
      licenseDeclared: license,
      copyrightText: 'NOASSERTION',
      comment: contained,
      externalRefs: [
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: url },
      ],
    },
  }
}

function fileEntry(prefix: string, path: string): Entry {
  const content = readFileSync(join(prefix, path))
  const sum = (algorithm: string): object => ({
    algorithm: algorithm.toUpperCase(),
    checksumValue: createHash(algorithm).update(content).digest('hex'),
  })
  return {
    SPDXID: `SPDXRef-File-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`,
    ...{
      fileName: `./${path}`,
      checksums: [sum('sha1'), sum('sha256')],
      licenseConcluded: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
      comment: `${content.length} bytes`,
    },
  }
}

/** Symbolic links are left out. */
function filesBelow(prefix: string): string[] {
  return readdirSync(prefix, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(prefix, path)).isFile())
    .sort()
}
