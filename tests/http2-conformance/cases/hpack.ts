/** Blocks of fields that break RFC 7541. */
import { type Case, request } from '../case.ts'

const ends = ['END_STREAM', 'END_HEADERS'] as const

const broken = (id: string, rfc: string, hex: string): Case => ({
  id,
  rfc,
  steps: [{ type: 'HEADERS', flags: ends, stream: 1, fields: request(), hex }],
  expect: { connection: ['COMPRESSION_ERROR'] },
})

export const cases: readonly Case[] = [
  broken('an index beyond the tables', '7541 2.3.3', 'c6'),
  broken('an index of a name beyond the tables', '7541 2.3.3', '7f 07 01 61'),
  {
    id: 'a change of the table size at the end of a block',
    rfc: '7541 4.2',
    steps: [
      {
        type: 'HEADERS',
        flags: ends,
        stream: 1,
        hex: '82 86 04 0a 2f 73 6d 61 6c 6c 2e 74 78 74 01 09 6c 6f 63 61 6c 68 6f 73 74 20',
      },
    ],
    expect: { connection: ['COMPRESSION_ERROR'] },
  },
  broken('padding of the Huffman code beyond 7 bits', '7541 5.2', '00 85 f2b24a84ff 84 49509fff'),
  broken('padding of the Huffman code by zeros', '7541 5.2', '00 85 f2b24a87ff 83 49509f00'),
  broken('EOS in the Huffman code', '7541 5.2', '00 85 f2b24a84ff 87 f8fff3ffffffff'),
  broken('index 0', '7541 6.1', '80'),
  broken('a table size above the limit', '7541 6.3', '3f e1 ff 03'),
  broken('an integer that does not end', '7541 5.1', 'ff ffffffff ffffffff ffff'),
  broken('a string longer than the block', '7541 5.2', '00 7f 61'),
]
