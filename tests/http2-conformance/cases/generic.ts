/** What every server must accept, and ordinary exchanges. */
import { type Case, get, head, post, request } from '../case.ts'

const ends = ['END_STREAM', 'END_HEADERS'] as const

/** Returns a GET whose path or one field is written as these bytes. */
const coded = (id: string, rfc: string, field: string): Case => ({
  id,
  rfc,
  steps: [
    {
      type: 'HEADERS',
      flags: ends,
      stream: 1,
      // :method GET, :scheme http from the static table, then :path and :authority as literals.
      hex: `82 86 04 0a 2f 73 6d 61 6c 6c 2e 74 78 74 01 09 6c 6f 63 61 6c 68 6f 73 74 ${field}`,
    },
  ],
  expect: { response: 1 },
})

export const cases: readonly Case[] = [
  { id: 'the server sends its preface', rfc: '9113 3.4', steps: [], expect: { frame: 'SETTINGS' } },
  {
    id: 'PRIORITY on an idle stream',
    rfc: '9113 5.1',
    steps: [{ type: 'PRIORITY', stream: 1, hex: '00000000 0f' }, get()],
    expect: { response: 1 },
  },
  {
    id: 'WINDOW_UPDATE on a half-closed stream',
    rfc: '9113 5.1',
    settings: [[4, 0]],
    steps: [get(), { type: 'WINDOW_UPDATE', stream: 1, hex: '00010000' }],
    expect: { response: 1 },
  },
  {
    id: 'PRIORITY on a half-closed stream',
    rfc: '9113 5.1',
    settings: [[4, 0]],
    steps: [
      get(),
      { type: 'PRIORITY', stream: 1, hex: '00000000 0f' },
      { type: 'WINDOW_UPDATE', stream: 1, hex: '00010000' },
    ],
    expect: { response: 1 },
  },
  {
    id: 'RST_STREAM on a half-closed stream',
    rfc: '9113 5.1',
    settings: [[4, 0]],
    steps: [get(), { type: 'RST_STREAM', stream: 1, hex: '00000008' }, { type: 'PING', zeros: 8 }],
    expect: { frame: 'PING', flags: ['ACK'] },
  },
  {
    id: 'PRIORITY on a closed stream',
    rfc: '9113 5.1',
    steps: [
      get(),
      { wait: 'DATA', stream: 1, flags: ['END_STREAM'] },
      { type: 'PRIORITY', stream: 1, hex: '00000000 0f' },
      { type: 'PING', zeros: 8 },
    ],
    expect: { frame: 'PING', flags: ['ACK'] },
  },
  {
    id: 'one DATA frame',
    rfc: '9113 6.1',
    steps: [head(), { type: 'DATA', flags: ['END_STREAM'], stream: 1, hex: '74657374' }],
    expect: { response: 1 },
  },
  {
    id: 'several DATA frames',
    rfc: '9113 6.1',
    steps: [
      head(),
      { type: 'DATA', stream: 1, hex: '74657374' },
      { type: 'DATA', flags: ['END_STREAM'], stream: 1, hex: '74657374' },
    ],
    expect: { response: 1 },
  },
  {
    id: 'a padded DATA frame',
    rfc: '9113 6.1',
    steps: [
      head(),
      { type: 'DATA', flags: ['END_STREAM', 'PADDED'], stream: 1, hex: '06 74657374', zeros: 6 },
    ],
    expect: { response: 1 },
  },
  { id: 'one HEADERS frame', rfc: '9113 6.2', steps: [get()], expect: { response: 1 } },
  {
    id: 'a padded HEADERS frame',
    rfc: '9113 6.2',
    steps: [
      {
        type: 'HEADERS',
        flags: [...ends, 'PADDED'],
        stream: 1,
        hex: '00',
        fields: request(),
      },
    ],
    expect: { response: 1 },
  },
  {
    id: 'a HEADERS frame with priority',
    rfc: '9113 6.2',
    steps: [
      {
        type: 'HEADERS',
        flags: [...ends, 'PRIORITY'],
        stream: 1,
        hex: '00000000 ff',
        fields: request(),
      },
    ],
    expect: { response: 1 },
  },
  ...(
    [
      ['PRIORITY with the least weight', '00000000 00'],
      ['PRIORITY with the greatest weight', '00000000 ff'],
      ['PRIORITY with a dependency on another stream', '00000003 10'],
      ['PRIORITY with an exclusive dependency', '80000003 10'],
    ] as const
  ).map(
    ([id, hex]): Case => ({
      id,
      rfc: '9113 6.3',
      steps: [{ type: 'PRIORITY', stream: 1, hex }, get()],
      expect: { response: 1 },
    }),
  ),
  {
    id: 'PRIORITY of a later stream opens nothing',
    rfc: '9113 6.3',
    steps: [{ type: 'PRIORITY', stream: 3, hex: '00000000 10' }, get(1)],
    expect: { response: 1 },
  },
  {
    id: 'RST_STREAM ends a stream only',
    rfc: '9113 6.4',
    steps: [head(1), { type: 'RST_STREAM', stream: 1, hex: '00000008' }, get(3)],
    expect: { response: 3 },
  },
  {
    id: 'SETTINGS are acknowledged',
    rfc: '9113 6.5',
    steps: [],
    expect: { frame: 'SETTINGS', flags: ['ACK'] },
  },
  {
    id: 'PING is replied to with its bytes',
    rfc: '9113 6.7',
    steps: [{ type: 'PING', hex: '6d696c6c72616365' }],
    expect: { frame: 'PING', flags: ['ACK'], hex: '6d696c6c72616365' },
  },
  {
    id: 'GOAWAY of the client',
    rfc: '9113 6.8',
    steps: [get(), { type: 'GOAWAY', hex: '00000000 00000000' }],
    expect: { response: 1 },
  },
  {
    id: 'WINDOW_UPDATE of the connection',
    rfc: '9113 6.9',
    steps: [{ type: 'WINDOW_UPDATE', hex: '00000001' }, get()],
    expect: { response: 1 },
  },
  {
    id: 'WINDOW_UPDATE of a stream',
    rfc: '9113 6.9',
    steps: [
      head(),
      { type: 'WINDOW_UPDATE', stream: 1, hex: '00000001' },
      { type: 'DATA', flags: ['END_STREAM'], stream: 1, hex: '74' },
    ],
    expect: { response: 1 },
  },
  {
    id: 'one CONTINUATION frame',
    rfc: '9113 6.10',
    steps: [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
    ],
    expect: { response: 1 },
  },
  {
    id: 'several CONTINUATION frames',
    rfc: '9113 6.10',
    steps: [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'CONTINUATION', stream: 1, fields: [['x-a', 'b']] },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-c', 'd']] },
    ],
    expect: { response: 1 },
  },
  { id: 'GET', rfc: '9110 9.3.1', steps: [get()], expect: { response: 1, status: 200 } },
  {
    id: 'HEAD has no DATA',
    rfc: '9110 9.3.2',
    steps: [{ type: 'HEADERS', flags: ends, stream: 1, fields: request({ ':method': 'HEAD' }) }],
    expect: { frame: 'HEADERS', stream: 1, flags: ['END_STREAM'] },
  },
  {
    id: 'POST with a body of a stated length',
    rfc: '9110 9.3.3',
    steps: [
      head(1, [['content-length', '4']]),
      { type: 'DATA', flags: ['END_STREAM'], stream: 1, hex: '74657374' },
    ],
    expect: { frame: 'DATA', stream: 1, hex: '74657374' },
  },
  {
    id: 'POST without a body',
    rfc: '9110 9.3.3',
    steps: [{ type: 'HEADERS', flags: ends, stream: 1, fields: post() }],
    expect: { response: 1 },
  },
  {
    id: 'POST with trailer fields',
    rfc: '9113 8.1',
    steps: [
      head(1),
      { type: 'DATA', stream: 1, hex: '74657374' },
      { type: 'HEADERS', flags: ends, stream: 1, fields: [['x-trailer', 'a']] },
    ],
    expect: { response: 1 },
  },
  {
    id: 'a path that nothing serves',
    rfc: '9110 15.5.5',
    steps: [
      { type: 'HEADERS', flags: ends, stream: 1, fields: request({ ':path': '/api/none/such' }) },
    ],
    expect: { response: 1, status: 404 },
  },
  {
    id: 'two requests at a time',
    rfc: '9113 5',
    steps: [head(1), get(3)],
    expect: { response: 3 },
  },
  {
    id: 'a cookie in crumbs',
    rfc: '9113 8.2.3',
    steps: [
      get(1, [
        ['cookie', 'a=1'],
        ['cookie', 'b=2'],
      ]),
    ],
    expect: { response: 1 },
  },
  {
    id: 'Host beside the same authority',
    rfc: '9113 8.3.1',
    steps: [get(1, [['host', 'localhost']])],
    expect: { response: 1 },
  },
  {
    id: 'Host in place of an authority',
    rfc: '9113 8.3.1',
    steps: [
      {
        type: 'HEADERS',
        flags: ends,
        stream: 1,
        fields: request({ ':authority': null }, [['host', 'localhost']]),
      },
    ],
    expect: { response: 1 },
  },
  {
    id: 'PRIORITY_UPDATE for a request',
    rfc: '9218 7.1',
    steps: [{ type: 'PRIORITY_UPDATE', hex: '00000001 753d30' }, get(1, [['priority', 'u=1, i']])],
    expect: { response: 1 },
  },
  coded('an indexed field', '7541 6.1', '90'),
  coded('a literal with indexing and an indexed name', '7541 6.2.1', '7a 01 61'),
  coded('a literal with indexing and a new name', '7541 6.2.1', '40 03 782d61 01 62'),
  coded('a literal without indexing and an indexed name', '7541 6.2.2', '0f 2b 01 61'),
  coded('a literal without indexing and a new name', '7541 6.2.2', '00 03 782d61 01 62'),
  coded('a literal never indexed, with an indexed name', '7541 6.2.3', '1f 2b 01 61'),
  coded('a literal never indexed, with a new name', '7541 6.2.3', '10 03 782d61 01 62'),
  coded('a value in the Huffman code', '7541 5.2', '7a 86 a8eb10649cbf'),
  coded('a name in the Huffman code', '7541 5.2', '40 88 25a849e95ba97d7f 01 61'),
  coded('a field of the dynamic table', '7541 6.1', '40 03 782d61 01 62 be'),
  {
    id: 'the size of the dynamic table changes',
    rfc: '7541 6.3',
    steps: [{ type: 'HEADERS', flags: ends, stream: 1, hex: '20 3f e1 1f', fields: request() }],
    expect: { response: 1 },
  },
  {
    id: 'the dynamic table keeps fields for later requests',
    rfc: '7541 2.2',
    steps: [
      { type: 'HEADERS', flags: ends, stream: 1, fields: request(), hex: '' },
      { wait: 'DATA', stream: 1, flags: ['END_STREAM'] },
      {
        type: 'HEADERS',
        flags: ends,
        stream: 3,
        hex: '82 86 44 0a 2f 73 6d 61 6c 6c 2e 74 78 74 41 09 6c 6f 63 61 6c 68 6f 73 74',
      },
      { wait: 'DATA', stream: 3, flags: ['END_STREAM'] },
      { type: 'HEADERS', flags: ends, stream: 5, hex: '82 86 bf be' },
    ],
    expect: { response: 5 },
  },
]
