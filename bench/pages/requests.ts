/**
 * The requests that are measured. Some of them depend on what a server's pages contain (the names
 * of chunks, the fields of a form), so they are read from the running server.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A request that wrk repeats. */
export interface Measured {
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  /** A script that makes it something else than a `GET`. */
  readonly script?: string
}

/** What a server's response must be, so that a fast error is no result. */
interface Expected {
  readonly type: RegExp
  /** Absent where the body is not text. */
  readonly text?: RegExp
}

/** By name, in the order of the table. */
export const kinds = [
  'prerendered page',
  'its RSC payload',
  'ISR page',
  'static chunk',
  'image (cached)',
  'dynamic page',
  'dynamic page with a fetch',
  'server action',
] as const
export type Kind = (typeof kinds)[number]

const html = { Accept: 'text/html' }
const expected: Readonly<Record<Kind, Expected>> = {
  'prerendered page': { type: /^text\/html/, text: /<h1>home/ },
  'its RSC payload': { type: /^text\/x-component/, text: /home/ },
  'ISR page': { type: /^text\/html/, text: /made at/ },
  'static chunk': { type: /javascript/ },
  'image (cached)': { type: /^image\/webp/ },
  'dynamic page': { type: /^text\/html/, text: /<h1>for / },
  'dynamic page with a fetch': { type: /^text\/html/, text: /<h1>fetched/ },
  'server action': { type: /^text\/html/, text: /hello world/ },
}

/**
 * Returns the requests for a server, each sent once; those that it does not respond to as expected
 * are left out, and `log` is told.
 * @param folder where scripts are written.
 */
export async function requestsFor(
  origin: string,
  folder: string,
  log: (line: string) => void,
): Promise<ReadonlyMap<Kind, Measured>> {
  const home = await (await fetch(`${origin}/`, { headers: html })).text()
  const chunk = /(?:src|href)="(\/[^"]+\.js(?:\?[^"]*)?)"/.exec(home)?.[1]
  if (chunk === undefined) throw new Error(`${origin}/ has no script:\n${home.slice(0, 500)}`)
  const image = `/_next/image?url=${encodeURIComponent('/photo.png')}&w=640&q=75`
  const get =
    (target: string, headers: Record<string, string> = html) =>
    async (kind: Kind): Promise<Measured> => {
      await check(kind, await fetch(origin + target, { headers, redirect: 'manual' }))
      return { target, headers }
    }
  const makers: Readonly<Record<Kind, (kind: Kind) => Promise<Measured>>> = {
    'prerendered page': get('/'),
    'its RSC payload': get('/?_rsc=', { RSC: '1' }),
    'ISR page': get('/isr'),
    'static chunk': get(chunk, { Accept: '*/*' }),
    'image (cached)': get(image, { Accept: 'image/webp,*/*' }),
    'dynamic page': get('/dynamic'),
    'dynamic page with a fetch': get('/fetching'),
    'server action': (kind) => actionOf(kind, origin, folder),
  }
  const all = new Map<Kind, Measured>()
  for (const kind of kinds) {
    try {
      all.set(kind, await makers[kind](kind))
    } catch (error) {
      log(String(error))
    }
  }
  return all
}

async function check(kind: Kind, response: Response): Promise<void> {
  const { type, text } = expected[kind]
  const body = await response.text()
  if (
    response.status !== 200 ||
    !type.test(response.headers.get('content-type') ?? '') ||
    (text && !text.test(body))
  )
    throw new Error(
      `${kind}: ${response.status} ${response.headers.get('content-type')} from ${response.url}\n${body.slice(0, 200)}`,
    )
}

/** The form of `/act` as a browser without JavaScript submits it. */
async function actionOf(kind: Kind, origin: string, folder: string): Promise<Measured> {
  const page = await (await fetch(`${origin}/act`, { headers: html })).text()
  const boundary = 'bench-boundary'
  const fields = [...page.matchAll(/<input type="hidden" name="([^"]*)"(?: value="([^"]*)")?/g)]
    .map(([, name = '', value = '']) => [unescaped(name), unescaped(value)])
    .concat([['name', 'world']])
  const body = `${fields
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('')}--${boundary}--\r\n`
  const headers = {
    ...html,
    Origin: origin,
    'Content-Type': `multipart/form-data; boundary=${boundary}`,
  }
  await check(kind, await fetch(`${origin}/act`, { method: 'POST', headers, body }))
  const script = join(folder, 'action.lua')
  // Lua's long strings make a line feed of CRLF; its quoted ones have the escapes of JSON.
  writeFileSync(script, `wrk.method = "POST"\nwrk.body = ${JSON.stringify(body)}\n`)
  return { target: '/act', headers, script }
}

function unescaped(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&amp;', '&')
}
