/**
 * Tests that routes in C++ read sessions created in JavaScript: NextAuth v4 and v5, signed tokens
 * of all kinds, key sets.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { exportJWK, exportSPKI, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose'
import { build, project, type Server, startServer } from './support/index.ts'

// Imported by name only: the module's types include Next.js's, which change those of Node.js for
// all tests.
type Encode = (given: {
  token: object
  secret: string
  salt?: string
  maxAge?: number
}) => Promise<string>
const { encode: encode4 } = (await import('next-auth/jwt' as string)) as { encode: Encode }
const { encode: encode5 } = (await import('next-auth-5/jwt' as string)) as { encode: Encode }

const secret = 'a secret of at least thirty-two characters'
const head = '#include <millrace/route.hpp>\nusing namespace millrace;\n'
const algorithms = ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const

let server: Server
/** Serves key sets: `/keys.json`. */
const provider = createServer((_, response) => {
  keySetsServed++
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: keySet }))
})
let keySet: object[] = []
let keySetsServed = 0
const pairs = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>()

before(async () => {
  for (const algorithm of algorithms)
    pairs.set(algorithm, await generateKeyPair(algorithm, { extractable: true }))
  const keys: Record<string, string> = {}
  for (const [algorithm, { publicKey }] of pairs)
    keys[`KEY_${algorithm}`] = (await exportSPKI(publicKey)).replaceAll('\n', '\\n')
  provider.listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const { port } = provider.address() as AddressInfo
  const directory = project({
    files: {
      '.env.local': [
        `AUTH_SECRET="${secret}"`,
        `KEYS="http://127.0.0.1:${port}/keys.json"`,
        ...Object.entries(keys).map(([name, pem]) => `${name}="${pem}"`),
      ].join('\n'),
      'app/api/session/route.cpp': `${head}Response GET(const Request& request) {
  const auto found = session(request);
  return found ? Response::json(found->claims()) : Response::error(401, "nobody");
}`,
      'app/api/admin/route.cpp': `${head}Response GET(const Request& request) { return Response::text("hello " + require_role(request, "admin").name()); }`,
      'app/api/verify/route.cpp': `${head}Response GET(const Request& request) {
  const auto key = VerificationKey::from_pem(require_env("KEY_" + request.query("key").value_or("")));
  if (!key) return Response::error(500, "no key");
  JwtRules rules;
  rules.issuer = "https://issuer.example";
  rules.audience = "api";
  const VerifiedJwt verified = verify_jwt(request.headers().get("authorization").value_or(""), {&*key, 1}, rules);
  return verified ? Response::json(*verified.claims) : Response::error(401, verified.problem);
}`,
      'app/api/keys/route.cpp': `${head}#include <millrace/jwks.hpp>
Task<Response> GET(Request& request) {
  auto& cache = shared<JwksCache>("keys", [] { return JwksCache(require_env("KEYS")); });
  JwtRules rules;
  Task<VerifiedJwt> asking = cache.verify(request.headers().get("authorization").value_or(""), rules);
  const VerifiedJwt verified = co_await std::move(asking);
  co_return verified ? Response::json(*verified.claims) : Response::error(401, verified.problem);
}`,
      'app/api/own/route.cpp': `${head}#include <millrace/password.hpp>
Response POST(const Request&) {
  return Response(204).cookie(session_cookie({{"sub", "7"}, {"name", "Ada"}, {"roles", json::array{"admin"}}}, std::chrono::hours(1)));
}
Response GET(const Request&) {
  const std::string hash = hash_password("correct horse");
  return Response::json(json::object{{"right", verify_password("correct horse", hash)}, {"wrong", verify_password("correct hoarse", hash)},
    {"salted", hash != hash_password("correct horse")}, {"garbage", verify_password("x", "$scrypt$ln=15,r=8,p=1$abc")}});
}`,
    },
  })
  await build(directory)
  server = await startServer({ command: 'start', directory, args: ['--workers', '1'] })
})
after(async () => {
  provider.close()
  await server.stop()
})

async function ask(
  path: string,
  headers: Record<string, string>,
): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(server.url + path, { headers })
  const text = await response.text()
  return [response.status, text.startsWith('{') ? JSON.parse(text) : { text }]
}

const cookie = (name: string, value: string) => ({ cookie: `theme=dark; ${name}=${value}` })
const claims = { sub: '42', name: 'Ada', email: 'ada@example.com', role: 'admin' }

test('NextAuth v4 sessions are read from both names of its cookie', async () => {
  const token = await encode4({ token: claims, secret })
  for (const name of ['next-auth.session-token', '__Secure-next-auth.session-token']) {
    const [status, found] = await ask('/api/session', cookie(name, token))
    assert.equal(status, 200)
    assert.equal(found['email'], 'ada@example.com')
  }
})

test('Auth.js v5 sessions are read, whose key depends on the cookie', async () => {
  for (const name of ['authjs.session-token', '__Secure-authjs.session-token']) {
    const token = await encode5({ token: claims, secret, salt: name })
    assert.equal((await ask('/api/session', cookie(name, token)))[1]['sub'], '42')
    const other = name.startsWith('__') ? 'authjs.session-token' : '__Secure-authjs.session-token'
    assert.equal((await ask('/api/session', cookie(other, token)))[0], 401)
  }
})

test('a cookie with a custom name is read, as projects migrated from v4 have', async () => {
  const name = 'next-auth.session-token'
  const token = await encode5({ token: claims, secret, salt: name })
  assert.equal((await ask('/api/session', cookie(name, token)))[1]['sub'], '42')
})

test('on https only cookies of NextAuth with __Secure- count', async () => {
  const planted = await encode4({ token: { ...claims, sub: 'attacker' }, secret })
  const own = await encode4({ token: claims, secret })
  const https = { 'x-forwarded-proto': 'https' }
  assert.equal(
    (await ask('/api/session', { ...https, ...cookie('next-auth.session-token', planted) }))[0],
    401,
  )
  assert.equal(
    (
      await ask('/api/session', { ...https, ...cookie('__Secure-next-auth.session-token', own) })
    )[1]['sub'],
    '42',
  )
})

test('a bearer token that NextAuth has encrypted is read', async () => {
  for (const token of [
    await encode4({ token: claims, secret }),
    await encode5({ token: claims, secret, salt: 'authjs.session-token' }),
  ]) {
    assert.equal((await ask('/api/session', { authorization: `Bearer ${token}` }))[1]['sub'], '42')
  }
})

test('a large session is read from several cookies', async () => {
  const token = await encode5({
    token: { ...claims, note: 'n'.repeat(5000) },
    secret,
    salt: 'authjs.session-token',
  })
  const pieces = token.match(/.{1,3500}/g)!.map((piece, n) => `authjs.session-token.${n}=${piece}`)
  assert.ok(pieces.length > 1)
  assert.equal((await ask('/api/session', { cookie: pieces.join('; ') }))[1]['sub'], '42')
  assert.equal((await ask('/api/session', { cookie: pieces.reverse().join('; ') }))[1]['sub'], '42')
  assert.equal(
    (await ask('/api/session', { cookie: ['authjs.session-token=', ...pieces].join('; ') }))[1][
      'sub'
    ],
    '42',
  )
  // An old complete cookie together with chunks is no valid token, so there is no session, as in
  // Auth.js.
  const stale = await encode5({
    token: { ...claims, sub: 'stale' },
    secret,
    salt: 'authjs.session-token',
  })
  assert.equal(
    (
      await ask('/api/session', { cookie: [`authjs.session-token=${stale}`, ...pieces].join('; ') })
    )[0],
    401,
  )
})

test('a role requires a session (401) with that role (403)', async () => {
  assert.deepEqual(await ask('/api/admin', {}), [401, { error: 'Unauthorized' }])
  const user = await encode4({ token: { ...claims, role: 'user' }, secret })
  assert.deepEqual(await ask('/api/admin', cookie('next-auth.session-token', user)), [
    403,
    { error: 'Forbidden' },
  ])
  const admin = await encode4({ token: claims, secret })
  assert.deepEqual(await ask('/api/admin', cookie('next-auth.session-token', admin)), [
    200,
    { text: 'hello Ada' },
  ])
})

test('tokens that are forged, changed, expired or of another secret are no session', async () => {
  const name = 'authjs.session-token'
  const good = await encode5({ token: claims, secret, salt: name })
  const parts = good.split('.')
  const changed = (n: number) =>
    parts
      .map((part, i) => (i === n ? (part.startsWith('A') ? 'B' : 'A') + part.slice(1) : part))
      .join('.')
  const bad = [
    await encode5({ token: claims, secret: 'another secret, just as long as it is', salt: name }),
    await encode5({ token: claims, secret, salt: name, maxAge: -60 }),
    ...[0, 2, 3, 4].map(changed),
    parts.slice(0, 4).join('.'),
    `${good}.x`,
    '',
    '.',
    '....',
    'a'.repeat(7000),
    '%00',
    parts.fill('').join('.'),
  ]
  for (const token of bad)
    assert.equal((await ask('/api/session', cookie(name, token)))[0], 401, token.slice(0, 60))
})

test('signed tokens of jose are verified with every kind of key', async () => {
  for (const [algorithm, { privateKey }] of pairs) {
    const sign = (payload: JWTPayload, alg: string = algorithm) =>
      new SignJWT(payload)
        .setProtectedHeader({ alg })
        .setIssuer('https://issuer.example')
        .setAudience(['other', 'api'])
        .setExpirationTime('1m')
        .sign(privateKey)
    const token = await sign({ sub: '1' })
    const [status, found] = await ask(`/api/verify?key=${algorithm}`, { authorization: token })
    assert.equal(status, 200, `${algorithm}: ${JSON.stringify(found)}`)
    assert.equal(found['sub'], '1')
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), sub: '2' }),
    ).toString('base64url')
    assert.equal(
      (
        await ask(`/api/verify?key=${algorithm}`, {
          authorization: `${header}.${forged}.${signature}`,
        })
      )[0],
      401,
    )
    for (const other of algorithms) {
      if (
        other.slice(0, 2) === algorithm.slice(0, 2) ||
        (/^[RP]S/.test(other) && /^[RP]S/.test(algorithm))
      )
        continue
      assert.equal(
        (await ask(`/api/verify?key=${other}`, { authorization: token }))[0],
        401,
        `${algorithm} by ${other}`,
      )
    }
  }
})

test('a public key is not accepted as a secret, nor "none" as an algorithm', async () => {
  const pem = await exportSPKI(pairs.get('RS256')!.publicKey)
  const confused = await new SignJWT({ sub: '1' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer('https://issuer.example')
    .setAudience('api')
    .sign(Buffer.from(pem))
  assert.equal((await ask('/api/verify?key=RS256', { authorization: confused }))[0], 401)
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"1"}').toString('base64url')}.`
  assert.equal((await ask('/api/verify?key=RS256', { authorization: none }))[0], 401)
  assert.equal((await ask('/api/session', { authorization: `Bearer ${none}` }))[0], 401)
})

test('issuer, audience and times are checked', async () => {
  const { privateKey } = pairs.get('ES256')!
  const problem = async (change: (token: SignJWT) => SignJWT): Promise<unknown> => {
    const token = new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('https://issuer.example')
      .setAudience('api')
    return (
      await ask('/api/verify?key=ES256', { authorization: await change(token).sign(privateKey) })
    )[1]['error']
  }
  assert.match(
    String(await problem((token) => token.setIssuer('https://evil.example'))),
    /expected the issuer/,
  )
  assert.match(
    String(await problem((token) => token.setAudience('web'))),
    /expected the audience api/,
  )
  assert.match(String(await problem((token) => token.setExpirationTime(1_000_000))), /expired/)
  assert.match(String(await problem((token) => token.setNotBefore('1h'))), /not valid yet/)
})

test('a key set is fetched once, and again for an unknown key', async () => {
  const entry = async (algorithm: string, kid: string) => ({
    ...(await exportJWK(pairs.get(algorithm)!.publicKey)),
    kid,
    use: 'sig',
  })
  const token = (algorithm: string, kid: string) =>
    new SignJWT({ sub: kid })
      .setProtectedHeader({ alg: algorithm, kid })
      .sign(pairs.get(algorithm)!.privateKey)
  keySet = [await entry('RS256', 'a'), await entry('ES384', 'b'), await entry('EdDSA', 'c')]
  const served = keySetsServed
  for (const [algorithm, kid] of [
    ['RS256', 'a'],
    ['ES384', 'b'],
    ['EdDSA', 'c'],
  ] as const) {
    assert.deepEqual(await ask('/api/keys', { authorization: await token(algorithm, kid) }), [
      200,
      { sub: kid },
    ])
  }
  assert.equal(keySetsServed, served + 1)
  assert.equal((await ask('/api/keys', { authorization: await token('ES256', 'a') }))[0], 401)
})

test('jose verifies a session cookie that C++ has created', async () => {
  const response = await fetch(`${server.url}/api/own`, { method: 'POST' })
  const line = response.headers.get('set-cookie')!
  assert.match(
    line,
    /^session=[\w.-]+; Path=\/; Expires=.*; Max-Age=3600; Secure; HttpOnly; SameSite=lax$/,
  )
  const token = /^session=([^;]+)/.exec(line)![1]!
  const { payload } = await jwtVerify(token, Buffer.from(secret))
  assert.equal(payload.sub, '7')
  assert.equal((await ask('/api/session', cookie('session', token)))[1]['name'], 'Ada')
  assert.equal((await ask('/api/session', { authorization: `Bearer ${token}` }))[1]['name'], 'Ada')
  assert.deepEqual(await ask('/api/admin', cookie('session', token)), [200, { text: 'hello Ada' }])
})

test('passwords are hashed and verified', async () => {
  assert.deepEqual((await ask('/api/own', {}))[1], {
    right: true,
    wrong: false,
    salted: true,
    garbage: false,
  })
})
