/** What a client must not send (RFC 9113 sections 3 to 8), and what the server does then. */
import {
  type Case,
  type Fields,
  get,
  head,
  post,
  request,
  type SentFrame,
  type Step,
} from '../case.ts'
import type { ErrorName } from '../frames.ts'

const ends = ['END_STREAM', 'END_HEADERS'] as const

/** An error of the connection. */
const connection = (
  id: string,
  rfc: string,
  steps: readonly Step[],
  ...codes: readonly ErrorName[]
): Case => ({ id, rfc: `9113 ${rfc}`, steps, expect: { connection: codes } })

/** An error of stream 1. */
const stream = (
  id: string,
  rfc: string,
  steps: readonly Step[],
  ...codes: readonly ErrorName[]
): Case => ({ id, rfc: `9113 ${rfc}`, steps, expect: { stream: 1, error: codes } })

/** A request with these fields is malformed. */
const malformed = (id: string, rfc: string, fields: Fields): Case =>
  stream(id, rfc, [{ type: 'HEADERS', flags: ends, stream: 1, fields }], 'PROTOCOL_ERROR')

/** Goes on once a request on stream 1 has its response. */
const closed: readonly Step[] = [get(1), { wait: 'DATA', stream: 1, flags: ['END_STREAM'] }]

/** A request without a body whose response waits for the client's window. */
const halfClosed: SentFrame = get(1)
const noWindow = [[4, 0]] as const
const data: SentFrame = { type: 'DATA', flags: ['END_STREAM'], stream: 1, hex: '74' }
const ping: SentFrame = { type: 'PING', zeros: 8 }
const pong = { frame: 'PING', flags: ['ACK'] } as const

export const cases: readonly Case[] = [
  {
    id: 'no preface',
    rfc: '9113 3.4',
    handshake: false,
    steps: [{ raw: 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n' }],
    expect: { connection: ['PROTOCOL_ERROR'] },
  },
  {
    id: 'the preface in pieces',
    rfc: '9113 3.4',
    handshake: false,
    steps: [
      { raw: 'PRI * HT' },
      { raw: 'TP/2.0\r\n\r\nSM' },
      { raw: '\r\n\r\n' },
      { type: 'SETTINGS' },
    ],
    expect: { frame: 'SETTINGS', flags: ['ACK'] },
  },
  {
    id: 'no SETTINGS after the preface',
    rfc: '9113 3.4',
    handshake: false,
    steps: [{ raw: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' }, ping],
    expect: { connection: ['PROTOCOL_ERROR'] },
  },
  {
    id: 'a frame of an unknown type',
    rfc: '9113 4.1',
    steps: [{ type: 0xff, hex: '00' }, ping],
    expect: pong,
  },
  {
    id: 'undefined flags',
    rfc: '9113 4.1',
    steps: [{ type: 'PING', flags: ['PADDED', 'PRIORITY'], zeros: 8 }],
    expect: pong,
  },
  {
    id: 'the reserved bit of a stream identifier',
    rfc: '9113 4.1',
    steps: [{ type: 'PING', stream: 0x80000000, zeros: 8 }],
    expect: pong,
  },
  {
    id: 'a frame of the greatest size',
    rfc: '9113 4.2',
    steps: [head(), { type: 'DATA', flags: ['END_STREAM'], stream: 1, zeros: 16384 }],
    expect: { response: 1 },
  },
  stream(
    'a DATA frame that is too large',
    '4.2',
    [head(), { type: 'DATA', stream: 1, zeros: 16385 }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'a HEADERS frame that is too large',
    '4.2',
    [{ type: 'HEADERS', flags: ends, stream: 1, fields: request(), zeros: 16385 }],
    'FRAME_SIZE_ERROR',
    'COMPRESSION_ERROR',
  ),
  connection(
    'a block that cannot be decoded',
    '4.3',
    [{ type: 'HEADERS', flags: ends, stream: 1, hex: '00 00 00 40' }],
    'COMPRESSION_ERROR',
  ),
  connection(
    'PRIORITY within a block',
    '4.3',
    [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'PRIORITY', stream: 1, hex: '00000000 ff' },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'HEADERS of another stream within a block',
    '4.3',
    [{ type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() }, get(3)],
    'PROTOCOL_ERROR',
  ),

  // The states of a stream.
  connection('DATA on an idle stream', '5.1', [data], 'PROTOCOL_ERROR'),
  connection(
    'RST_STREAM on an idle stream',
    '5.1',
    [{ type: 'RST_STREAM', stream: 1, hex: '00000008' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'WINDOW_UPDATE on an idle stream',
    '5.1',
    [{ type: 'WINDOW_UPDATE', stream: 1, hex: '00000064' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION on an idle stream',
    '5.1',
    [{ type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: request() }],
    'PROTOCOL_ERROR',
  ),
  {
    ...stream('DATA on a half-closed stream', '5.1', [halfClosed, data], 'STREAM_CLOSED'),
    settings: noWindow,
  },
  {
    ...stream('HEADERS on a half-closed stream', '5.1', [halfClosed, get(1)], 'STREAM_CLOSED'),
    settings: noWindow,
  },
  {
    ...connection(
      'CONTINUATION on a half-closed stream',
      '5.1',
      [
        halfClosed,
        { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
      ],
      'STREAM_CLOSED',
      'PROTOCOL_ERROR',
    ),
    settings: noWindow,
  },
  connection(
    'DATA after RST_STREAM',
    '5.1',
    [head(), { type: 'RST_STREAM', stream: 1, hex: '00000008' }, data],
    'STREAM_CLOSED',
  ),
  connection('DATA on a closed stream', '5.1', [...closed, data], 'STREAM_CLOSED'),
  connection(
    'HEADERS after RST_STREAM',
    '5.1',
    [head(), { type: 'RST_STREAM', stream: 1, hex: '00000008' }, get(1)],
    'STREAM_CLOSED',
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION after RST_STREAM',
    '5.1',
    [
      head(),
      { type: 'RST_STREAM', stream: 1, hex: '00000008' },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
    ],
    'STREAM_CLOSED',
    'PROTOCOL_ERROR',
  ),
  connection(
    'HEADERS on a closed stream',
    '5.1',
    [...closed, get(1)],
    'STREAM_CLOSED',
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION on a closed stream',
    '5.1',
    [
      ...closed,
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
    ],
    'STREAM_CLOSED',
    'PROTOCOL_ERROR',
  ),
  {
    id: 'WINDOW_UPDATE on a closed stream',
    rfc: '9113 5.1',
    steps: [...closed, { type: 'WINDOW_UPDATE', stream: 1, hex: '00000001' }, ping],
    expect: pong,
  },
  {
    id: 'RST_STREAM on a closed stream',
    rfc: '9113 5.1',
    steps: [...closed, { type: 'RST_STREAM', stream: 1, hex: '00000008' }, ping],
    expect: pong,
  },
  connection('an even stream identifier', '5.1.1', [get(2)], 'PROTOCOL_ERROR'),
  connection(
    'a stream identifier below an earlier one',
    '5.1.1',
    [get(5), { wait: 'HEADERS', stream: 5 }, get(3)],
    'PROTOCOL_ERROR',
    'STREAM_CLOSED',
  ),
  {
    id: 'more streams than are allowed',
    rfc: '9113 5.1.2',
    steps: Array.from({ length: 101 }, (_, index) => head(1 + 2 * index)),
    expect: { stream: 201, error: ['REFUSED_STREAM', 'PROTOCOL_ERROR'] },
  },
  {
    id: 'HEADERS that depend on their own stream',
    rfc: '9113 5.3.2',
    steps: [
      {
        type: 'HEADERS',
        flags: [...ends, 'PRIORITY'],
        stream: 1,
        hex: '00000001 ff',
        fields: request(),
      },
    ],
    expect: { stream: 1, error: ['PROTOCOL_ERROR'] },
  },
  {
    // RFC 9113 has taken priorities out: what PRIORITY says is ignored.
    id: 'PRIORITY that depends on its own stream',
    rfc: '9113 5.3.2',
    steps: [{ type: 'PRIORITY', stream: 1, hex: '00000001 ff' }, ping],
    expect: pong,
  },
  connection(
    'an error of the connection is told and ends it',
    '5.4.1',
    [{ type: 'PING', stream: 3, zeros: 8 }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'after an error nothing is served',
    '5.4.1',
    [{ type: 'PING', stream: 3, zeros: 8 }, get(1)],
    'PROTOCOL_ERROR',
  ),
  {
    id: 'an extension frame of an unknown type on a stream',
    rfc: '9113 5.5',
    steps: [head(), { type: 0x16, stream: 1, zeros: 8 }, data],
    expect: { response: 1 },
  },
  connection(
    'an extension frame within a block',
    '5.5',
    [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 0x16, zeros: 8 },
    ],
    'PROTOCOL_ERROR',
  ),

  // Frames one by one.
  connection('DATA on stream 0', '6.1', [{ type: 'DATA', hex: '74' }], 'PROTOCOL_ERROR'),
  {
    ...stream('DATA on a stream that is not open', '6.1', [halfClosed, data], 'STREAM_CLOSED'),
    settings: noWindow,
    id: 'DATA on a stream that is not open',
  },
  connection(
    'padding of DATA as long as the frame',
    '6.1',
    [head(), { type: 'DATA', flags: ['END_STREAM', 'PADDED'], stream: 1, hex: '06 74657374' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'HEADERS without END_HEADERS, then another frame',
    '6.2',
    [{ type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() }, ping],
    'PROTOCOL_ERROR',
  ),
  connection(
    'HEADERS of another stream before END_HEADERS',
    '6.2',
    [
      { type: 'HEADERS', stream: 1, fields: request() },
      { type: 'HEADERS', stream: 3, fields: request() },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'HEADERS on stream 0',
    '6.2',
    [{ type: 'HEADERS', flags: ends, fields: request() }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'padding of HEADERS as long as the frame',
    '6.2',
    [{ type: 'HEADERS', flags: [...ends, 'PADDED'], stream: 1, hex: 'ff 82' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'PRIORITY on stream 0',
    '6.3',
    [{ type: 'PRIORITY', hex: '00000000 ff' }],
    'PROTOCOL_ERROR',
  ),
  stream(
    'PRIORITY of another length than 5',
    '6.3',
    [head(), { type: 'PRIORITY', stream: 1, hex: '80000001' }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'RST_STREAM on stream 0',
    '6.4',
    [{ type: 'RST_STREAM', hex: '00000008' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'RST_STREAM of another length than 4',
    '6.4',
    [head(), { type: 'RST_STREAM', stream: 1, hex: '000000' }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'RST_STREAM on an idle stream with a high identifier',
    '6.4',
    [{ type: 'RST_STREAM', stream: 31, hex: '00000008' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'SETTINGS with ACK and a payload',
    '6.5',
    [{ type: 'SETTINGS', flags: ['ACK'], hex: '00' }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'SETTINGS on a stream',
    '6.5',
    [{ type: 'SETTINGS', stream: 1, hex: '000300000064' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'SETTINGS of a length not divisible by 6',
    '6.5',
    [{ type: 'SETTINGS', hex: '000300' }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'ENABLE_PUSH other than 0 or 1',
    '6.5.2',
    [{ type: 'SETTINGS', hex: '0002 00000002' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'INITIAL_WINDOW_SIZE above the greatest window',
    '6.5.2',
    [{ type: 'SETTINGS', hex: '0004 80000000' }],
    'FLOW_CONTROL_ERROR',
  ),
  connection(
    'MAX_FRAME_SIZE below 16,384',
    '6.5.2',
    [{ type: 'SETTINGS', hex: '0005 00003fff' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'MAX_FRAME_SIZE above 2^24-1',
    '6.5.2',
    [{ type: 'SETTINGS', hex: '0005 01000000' }],
    'PROTOCOL_ERROR',
  ),
  {
    id: 'an unknown setting',
    rfc: '9113 6.5.2',
    steps: [{ type: 'SETTINGS', hex: '00ff 00000001' }, ping],
    expect: pong,
  },
  {
    id: 'the last of several values holds',
    rfc: '9113 6.5.3',
    steps: [{ type: 'SETTINGS', hex: '0004 00000064 0004 00000001' }, get()],
    expect: { frame: 'DATA', stream: 1, length: 1 },
  },
  {
    id: 'each SETTINGS frame is acknowledged',
    rfc: '9113 6.5.3',
    handshake: false,
    steps: [{ raw: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' }, { type: 'SETTINGS' }],
    expect: { frame: 'SETTINGS', flags: ['ACK'], length: 0 },
  },
  {
    id: 'PING with ACK is not replied to',
    rfc: '9113 6.7',
    steps: [
      { type: 'PING', flags: ['ACK'], hex: '0102030405060708' },
      { type: 'PING', hex: '0807060504030201' },
    ],
    expect: { ...pong, hex: '0807060504030201' },
  },
  connection('PING on a stream', '6.7', [{ type: 'PING', stream: 1, zeros: 8 }], 'PROTOCOL_ERROR'),
  connection(
    'PING of another length than 8',
    '6.7',
    [{ type: 'PING', zeros: 6 }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'PUSH_PROMISE of a client',
    '8.4',
    [
      head(),
      {
        type: 'PUSH_PROMISE',
        flags: ['END_HEADERS'],
        stream: 1,
        hex: '00000002',
        fields: request(),
      },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'GOAWAY on a stream',
    '6.8',
    [{ type: 'GOAWAY', stream: 1, hex: '00000000 00000000' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'GOAWAY of less than 8 bytes',
    '6.8',
    [{ type: 'GOAWAY', hex: '00000000' }],
    'FRAME_SIZE_ERROR',
  ),
  connection(
    'WINDOW_UPDATE of the connection by 0',
    '6.9',
    [{ type: 'WINDOW_UPDATE', hex: '00000000' }],
    'PROTOCOL_ERROR',
  ),
  stream(
    'WINDOW_UPDATE of a stream by 0',
    '6.9',
    [head(), { type: 'WINDOW_UPDATE', stream: 1, hex: '00000000' }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'WINDOW_UPDATE of another length than 4',
    '6.9',
    [{ type: 'WINDOW_UPDATE', hex: '000001' }],
    'FRAME_SIZE_ERROR',
  ),
  {
    id: 'no more DATA than the window allows',
    rfc: '9113 6.9.1',
    settings: [[4, 1]],
    steps: [get()],
    expect: { frame: 'DATA', stream: 1, length: 1 },
  },
  connection(
    'the window of the connection overflows',
    '6.9.1',
    [
      { type: 'WINDOW_UPDATE', hex: '7fffffff' },
      { type: 'WINDOW_UPDATE', hex: '7fffffff' },
    ],
    'FLOW_CONTROL_ERROR',
  ),
  stream(
    'the window of a stream overflows',
    '6.9.1',
    [
      head(),
      { type: 'WINDOW_UPDATE', stream: 1, hex: '7fffffff' },
      { type: 'WINDOW_UPDATE', stream: 1, hex: '7fffffff' },
    ],
    'FLOW_CONTROL_ERROR',
  ),
  {
    id: 'a greater INITIAL_WINDOW_SIZE opens the windows of streams',
    rfc: '9113 6.9.2',
    settings: [[4, 0]],
    steps: [get(), { wait: 'HEADERS', stream: 1 }, { type: 'SETTINGS', hex: '0004 00000001' }],
    expect: { frame: 'DATA', stream: 1, length: 1 },
  },
  {
    id: 'a window below 0',
    rfc: '9113 6.9.2',
    settings: [[4, 3]],
    steps: [
      get(),
      { wait: 'DATA', stream: 1 },
      { type: 'SETTINGS', hex: '0004 00000002' },
      { type: 'WINDOW_UPDATE', stream: 1, hex: '00000002' },
    ],
    expect: { frame: 'DATA', stream: 1, length: 1 },
  },
  stream(
    'INITIAL_WINDOW_SIZE overflows the window of a stream',
    '6.9.2',
    [
      head(),
      { type: 'WINDOW_UPDATE', stream: 1, hex: '7fff0000' },
      { type: 'SETTINGS', hex: '0004 7fffffff' },
    ],
    'FLOW_CONTROL_ERROR',
  ),
  {
    id: 'CONTINUATION frames end a block',
    rfc: '9113 6.10',
    steps: [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'CONTINUATION', stream: 1, fields: [['x-a', 'b']] },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-c', 'd']] },
    ],
    expect: { response: 1 },
  },
  connection(
    'another frame than CONTINUATION within a block',
    '6.10',
    [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'CONTINUATION', stream: 1, fields: [['x-a', 'b']] },
      { type: 'DATA', stream: 1, hex: '74' },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION on stream 0',
    '6.10',
    [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], fields: [['x-a', 'b']] },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION after END_HEADERS',
    '6.10',
    [head(), { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] }],
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION after the end of a block',
    '6.10',
    [
      { type: 'HEADERS', stream: 1, fields: post() },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION after DATA',
    '6.10',
    [
      head(),
      { type: 'DATA', stream: 1, hex: '74' },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] },
    ],
    'PROTOCOL_ERROR',
  ),
  connection(
    'CONTINUATION of another stream',
    '6.10',
    [
      { type: 'HEADERS', flags: ['END_STREAM'], stream: 1, fields: request() },
      { type: 'CONTINUATION', flags: ['END_HEADERS'], stream: 3, fields: [['x-a', 'b']] },
    ],
    'PROTOCOL_ERROR',
  ),
  {
    id: 'GOAWAY with an unknown error code',
    rfc: '9113 7',
    steps: [{ type: 'GOAWAY', hex: '00000000 000000ff' }, ping],
    expect: { connection: ['NO_ERROR'] },
  },
  {
    id: 'RST_STREAM with an unknown error code',
    rfc: '9113 7',
    steps: [head(), { type: 'RST_STREAM', stream: 1, hex: '000000ff' }, ping],
    expect: pong,
  },

  // Requests.
  stream(
    'a second HEADERS frame without END_STREAM',
    '8.1',
    [head(), { type: 'HEADERS', flags: ['END_HEADERS'], stream: 1, fields: [['x-a', 'b']] }],
    'PROTOCOL_ERROR',
  ),
  malformed('a name in upper case', '8.2.1', request({}, [['X-TEST', 'ok']])),
  malformed('a name with a space', '8.2.1', request({}, [['x test', 'ok']])),
  malformed('a name with a colon', '8.2.1', request({}, [['x:test', 'ok']])),
  malformed('a value with a line feed', '8.2.1', request({}, [['x-test', 'a\nb']])),
  malformed('a value with a carriage return', '8.2.1', request({}, [['x-test', 'a\rb']])),
  malformed('a value with a NUL', '8.2.1', request({}, [['x-test', 'a\0b']])),
  malformed('a value that begins with a space', '8.2.1', request({}, [['x-test', ' a']])),
  malformed('a value that ends with a tab', '8.2.1', request({}, [['x-test', 'a\t']])),
  malformed('an unknown pseudo-header field', '8.3', request({ ':test': 'ok' })),
  malformed('a pseudo-header field of responses', '8.3', request({ ':status': '200' })),
  stream(
    'a pseudo-header field in trailer fields',
    '8.3',
    [head(), { type: 'HEADERS', flags: ends, stream: 1, fields: [[':method', 'GET']] }],
    'PROTOCOL_ERROR',
  ),
  malformed('a pseudo-header field after others', '8.3', [
    ...request({ ':authority': null }),
    ['x-a', 'b'],
    [':authority', 'localhost'],
  ]),
  malformed('Connection', '8.2.2', request({}, [['connection', 'keep-alive']])),
  malformed('Keep-Alive', '8.2.2', request({}, [['keep-alive', 'timeout=5']])),
  malformed('Proxy-Connection', '8.2.2', request({}, [['proxy-connection', 'keep-alive']])),
  malformed('Transfer-Encoding', '8.2.2', request({}, [['transfer-encoding', 'chunked']])),
  malformed('Upgrade', '8.2.2', request({}, [['upgrade', 'h2c']])),
  malformed('TE other than trailers', '8.2.2', request({}, [['te', 'trailers, deflate']])),
  malformed('an empty path', '8.3.1', request({ ':path': '' })),
  malformed('a path with a space', '8.3.1', request({ ':path': '/small.txt HTTP/1.1' })),
  malformed('a path that does not begin with a slash', '8.3.1', request({ ':path': 'small.txt' })),
  malformed('no method', '8.3.1', request({ ':method': null })),
  malformed('no scheme', '8.3.1', request({ ':scheme': null })),
  malformed('no path', '8.3.1', request({ ':path': null })),
  malformed('two methods', '8.3.1', [[':method', 'GET'], ...request()]),
  malformed('two schemes', '8.3.1', [[':scheme', 'http'], ...request()]),
  malformed('two paths', '8.3.1', [[':path', '/'], ...request()]),
  malformed('neither authority nor Host', '8.3.1', request({ ':authority': null })),
  malformed('Host that differs from the authority', '8.3.1', request({}, [['host', 'other']])),
  malformed(
    'two Host fields',
    '8.3.1',
    request({ ':authority': null }, [
      ['host', 'localhost'],
      ['host', 'other'],
    ]),
  ),
  malformed('a method that is not a token', '8.3.1', request({ ':method': 'GET /' })),
  stream(
    'a content-length greater than one DATA frame',
    '8.1.1',
    [head(1, [['content-length', '2']]), data],
    'PROTOCOL_ERROR',
  ),
  stream(
    'a content-length smaller than one DATA frame',
    '8.1.1',
    [head(1, [['content-length', '0']]), data],
    'PROTOCOL_ERROR',
  ),
  stream(
    'a content-length other than that of several DATA frames',
    '8.1.1',
    [head(1, [['content-length', '1']]), { type: 'DATA', stream: 1, hex: '74' }, data],
    'PROTOCOL_ERROR',
  ),
  stream(
    'a content-length without a body',
    '8.1.1',
    [{ type: 'HEADERS', flags: ends, stream: 1, fields: post([['content-length', '3']]) }],
    'PROTOCOL_ERROR',
  ),
  malformed(
    'two content-lengths',
    '8.1.1',
    post([
      ['content-length', '0'],
      ['content-length', '0'],
    ]),
  ),
  malformed('a content-length that is no number', '8.1.1', post([['content-length', '+1']])),
  {
    id: 'a method that the server does not know',
    rfc: '9110 9.1',
    steps: [{ type: 'HEADERS', flags: ends, stream: 1, fields: request({ ':method': 'BREW' }) }],
    expect: { response: 1, status: 400 },
  },
  {
    id: 'an authority that is no host',
    rfc: '9113 8.3.1',
    steps: [
      { type: 'HEADERS', flags: ends, stream: 1, fields: request({ ':authority': 'local^host' }) },
    ],
    expect: { stream: 1, error: ['PROTOCOL_ERROR'] },
  },
  {
    id: 'a request after one that was malformed',
    rfc: '9113 5.4.2',
    steps: [
      { type: 'HEADERS', flags: ends, stream: 1, fields: request({}, [['upgrade', 'h2c']]) },
      get(3),
    ],
    expect: { response: 3 },
  },
]
