import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type Files, Project } from './support/project.ts'

/** Returns "file:line name" of each value that the build reports as memory state. */
async function stateOf(t: TestContext, files: Files): Promise<string[]> {
  const project = new Project(t, files)
  const routes = Object.keys(files).filter((file) => /^app\/.*route\.\w+$|^pages\/api\//.test(file))
  const { memory_state: found, errors } = await project.build(routes)
  assert.equal(errors, undefined)
  return (found ?? []).map(({ file, line, name }) => `${file}:${line} ${name}`)
}

const get = (body: string, imports = ''): string =>
  `${imports}\nexport async function GET(request: Request) { ${body}; return Response.json({}) }`

/** Minimal packages of each kind. */
const packages: Files = {
  'node_modules/lru-cache/package.json': { name: 'lru-cache', main: 'index.js' },
  'node_modules/lru-cache/index.js': `
    exports.LRUCache = class LRUCache {
      #map = new Map()
      get size() { return this.#map.size }
      get(key) { const value = this.#map.get(key); this.#map.delete(key); this.#map.set(key, value); return value }
      set(key, value) { this.#map.set(key, value); return this }
      async fetch(key) { return this.get(key) }
      has(key) { return this.#map.has(key) }
    }`,
  'node_modules/limiter/package.json': { name: 'limiter', main: 'index.js' },
  'node_modules/limiter/index.js': `
    class Memory { constructor() { this.storage = {} } consume(key) { this.storage[key] = (this.storage[key] ?? 0) + 1; return Promise.resolve(this.storage[key]) } }
    class Remote { constructor({ client }) { this.client = client; this.calls = 0 } consume(key) { this.calls++; return this.client.incr(key) } }
    module.exports = { Memory, Remote, limit: () => { const store = new Counter(); return (req, res, next) => { store.increment(req.ip); next() } } }
    class Counter { hits = new Map(); increment(key) { this.hits.set(key, 1) } }`,
  'node_modules/emitter/package.json': { name: 'emitter', main: 'index.js' },
  'node_modules/emitter/index.js': `function add(emitter, event, listener) { emitter._events[event] = listener; return emitter }
    function Emitter() { this._events = {} }
    Emitter.prototype.on = function on(event, listener) { return add(this, event, listener) }
    module.exports = Emitter`,
  'node_modules/mitt/package.json': { name: 'mitt', main: 'index.js' },
  'node_modules/mitt/index.js': `module.exports = function (all = new Map()) {
    return { all, on: (type, handler) => { const known = all.get(type); known ? known.push(handler) : all.set(type, [handler]) }, emit: (type, event) => { (all.get(type) ?? []).forEach((handler) => handler(event)) } }
  }`,
  'node_modules/database/package.json': { name: 'database', main: 'index.js' },
  'node_modules/database/index.js': `
    const net = require('node:net')
    class Client { constructor() { this.queries = 0 } async connect() { this.socket = net.connect(1); return this } query() { this.queries++ } set() {} incr() {} on() {} db() { return this } }
    module.exports = { Client, createClient: () => new Client(), connect: async () => new Client(), default: () => new Client() }`,
  'node_modules/payments/package.json': { name: 'payments', main: 'index.mjs', type: 'module' },
  'node_modules/payments/index.mjs':
    'export default class Payments { constructor(key) { this.key = key } async charge() { this.last = await fetch("https://pay") } }',
  'node_modules/validate/package.json': { name: 'validate', main: 'index.js' },
  'node_modules/validate/index.js': `exports.object = (shape) => ({ shape, parse(value) { return value } }); exports.set = (object, key, value) => { object[key] = value }
    exports.Formatter = class Formatter { constructor() { this.rules = [] } use(rule) { this.rules.push(rule); return this } format(text) { let out = text; for (const rule of this.rules) out = rule(out); return out } }`,
}

const state: Readonly<Record<string, { files: Files; found: string[] }>> = {
  'a counter': {
    files: { 'app/r/route.ts': `let count = 0\n${get('count++')}` },
    found: ['app/r/route.ts:1 count'],
  },
  'a list that is reassigned': {
    files: {
      'app/r/route.ts': `type Todo = { id: number }\n\nlet todos: Todo[] = []\n${get('todos = todos.filter(({ id }) => id !== 1)')}`,
    },
    found: ['app/r/route.ts:3 todos'],
  },
  'a mock database in several modules': {
    files: {
      'lib/db.ts': `export interface User { id: number; name: string }\nexport const users: User[] = [{ id: 1, name: 'a' }]\nexport function byId(id: number) { return users.find((user) => user.id === id) }`,
      'app/a/route.ts': get(
        `users.push(await request.json())`,
        "import { users } from '../../lib/db'",
      ),
    },
    found: ['lib/db.ts:2 users'],
  },
  'a changed element of a list': {
    files: {
      'lib/db.ts': `export const users = [{ id: 1, name: 'a' }]\nexport const byId = (id: number) => users.find((user) => user.id === id)`,
      'app/a/route.ts': get(
        `const user = byId(1); if (user) user.name = 'b'`,
        "import { byId } from '../../lib/db'",
      ),
    },
    found: ['lib/db.ts:1 users'],
  },
  'a list that a function of another module changes': {
    files: {
      'lib/db.ts': 'export const users: string[] = []',
      'lib/add.ts': 'export function add(list: string[], item: string) { list.push(item) }',
      'app/a/route.ts': get(
        `add(users, 'x')`,
        "import { add } from '../../lib/add'\nimport { users } from '../../lib/db'",
      ),
    },
    found: ['lib/db.ts:1 users'],
  },
  'data of a JSON file': {
    files: {
      'data/posts.json': [{ id: 1 }],
      'app/r/route.ts': get('posts.push({ id: 2 })', "import posts from '../../data/posts.json'"),
    },
    found: ['data/posts.json:1 the data'],
  },
  'sessions in a Map': {
    files: {
      'app/r/route.ts': `const sessions = new Map<string, object>()\n${get("sessions.set('a', {})")}`,
    },
    found: ['app/r/route.ts:1 sessions'],
  },
  'a rate limiter with buckets': {
    files: {
      'app/r/route.ts': `const buckets: Record<string, { count: number }> = {}\n${get("const bucket = (buckets['ip'] ??= { count: 0 }); bucket.count += 1")}`,
    },
    found: ['app/r/route.ts:1 buckets'],
  },
  'the rate limiter of a Next.js example, with state in a closure': {
    files: {
      ...packages,
      'utils/rate-limit.ts': `import { LRUCache } from 'lru-cache'
        export default function rateLimit(options?: { max: number }) {
          const tokens = new LRUCache({ max: options?.max ?? 500 })
          return { check: (token: string) => new Promise<void>((resolve, reject) => {
            const count = tokens.get(token) || [0]
            if (count[0] === 0) tokens.set(token, count)
            count[0] += 1
            return count[0] > 3 ? reject() : resolve()
          }) }
        }`,
      'pages/api/user.ts': `import rateLimit from '../../utils/rate-limit'\nconst limiter = rateLimit({ max: 500 })\nexport default async function handler(req, res) { await limiter.check('a'); res.status(200).json({}) }`,
    },
    found: ['utils/rate-limit.ts:3 tokens'],
  },
  'a handler wrapped by a counting one': {
    files: {
      'app/r/route.ts': `function counted(handler: () => Response) { let n = 0; return () => { n += 1; return handler() } }\nexport const GET = counted(() => new Response())`,
    },
    found: ['app/r/route.ts:1 n'],
  },
  'an lru-cache': {
    files: {
      ...packages,
      'app/r/route.ts': `import { LRUCache } from 'lru-cache'\nconst cache = new LRUCache({ max: 5 })\n${get("cache.set('a', 1)")}`,
    },
    found: ['app/r/route.ts:2 cache'],
  },
  'a rate limiter from a package': {
    files: {
      ...packages,
      'app/r/route.ts': `import { Memory } from 'limiter'\nconst limiter = new Memory()\n${get("await limiter.consume('ip')")}`,
    },
    found: ['app/r/route.ts:2 limiter'],
  },
  'a Node.js EventEmitter in the global object': {
    files: {
      'lib/bus.ts': `import { EventEmitter } from 'node:events'\nconst g = globalThis as unknown as { bus?: EventEmitter }\nexport const bus = (g.bus ??= new EventEmitter())`,
      'app/a/route.ts': get("bus.emit('say', 1)", "import { bus } from '../../lib/bus'"),
      'app/b/route.ts': get("bus.on('say', () => {})", "import { bus } from '../../lib/bus'"),
    },
    found: ['lib/bus.ts:3 bus'],
  },
  'an emitter from a package': {
    files: {
      ...packages,
      'app/r/route.ts': `import mitt from 'mitt'\nconst bus = mitt()\n${get("bus.on('a', () => {})")}`,
    },
    found: ['app/r/route.ts:2 bus'],
  },
  'a counting middleware from a package': {
    files: {
      ...packages,
      'lib/limit.ts': "import { limit } from 'limiter'\nexport const limiter = limit({ max: 5 })",
      'lib/run.ts':
        'export const run = (req: unknown, res: unknown, middleware: Function) => new Promise((resolve) => middleware(req, res, resolve))',
      'pages/api/x.ts':
        "import { limiter } from '../../lib/limit'\nimport { run } from '../../lib/run'\nexport default async function handler(req, res) { await run(req, res, limiter); res.json({}) }",
    },
    found: ['lib/limit.ts:2 limiter'],
  },
  'an emitter from a package, through its class': {
    files: {
      ...packages,
      'app/r/route.ts': `import Emitter from 'emitter'\nconst bus = new Emitter()\n${get("bus.on('a', () => {})")}`,
    },
    found: ['app/r/route.ts:2 bus'],
  },
  'a class that extends EventEmitter': {
    files: {
      'lib/bus.ts': `import { EventEmitter } from 'events'\nclass Bus extends EventEmitter {}\nexport const bus = new Bus()`,
      'app/r/route.ts': get("bus.emit('x')", "import { bus } from '../../lib/bus'"),
    },
    found: ['lib/bus.ts:3 bus'],
  },
  'clients of a stream in a Set': {
    files: {
      'app/r/route.ts': `const clients = new Set<ReadableStreamDefaultController>()
export function GET() {
  let self: ReadableStreamDefaultController
  return new Response(new ReadableStream({ start(controller) { self = controller; clients.add(controller) }, cancel() { clients.delete(self) } }))
}`,
    },
    found: ['app/r/route.ts:1 clients'],
  },
  'a singleton class': {
    files: {
      'lib/store.ts': `export class Store {
  static #instance: Store
  #items: string[] = []
  static get(): Store { return (Store.#instance ??= new Store()) }
  add(item: string) { this.#items.push(item) }
}`,
      'app/r/route.ts': get("Store.get().add('x')", "import { Store } from '../../lib/store'"),
    },
    found: ['lib/store.ts:1 Store.#instance'],
  },
  'an instance of a class of the project': {
    files: {
      'lib/store.ts': `class Store { private hits = 0; hit() { return ++this.hits } }\nexport const store = new Store()`,
      'app/r/route.ts': get('store.hit()', "import { store } from '../../lib/store'"),
    },
    found: ['lib/store.ts:2 store'],
  },
  'static fields': {
    files: {
      'app/r/route.ts': `class Jobs { static running = 0; static begin() { this.running++ } }\n${get('Jobs.begin()')}`,
    },
    found: ['app/r/route.ts:1 Jobs.running'],
  },
  'an object with methods that change it': {
    files: {
      'lib/cart.ts': `export default {\n  items: [] as string[],\n  add(item: string) { this.items.push(item) },\n}`,
      'app/r/route.ts': get("cart.add('x')", "import cart from '../../lib/cart'"),
    },
    found: ['lib/cart.ts:1 an object'],
  },
  'a memoised promise of data': {
    files: {
      'app/r/route.ts': `let settings: Promise<object> | undefined\nconst load = () => (settings ??= fetch('https://x').then((answer) => answer.json()))\n${get('await load()')}`,
    },
    found: ['app/r/route.ts:1 settings'],
  },
  'a value of the global object': {
    files: { 'app/r/route.ts': get('const g = globalThis as any; g.hits = (g.hits || 0) + 1') },
    found: ['app/r/route.ts:2 globalThis.hits'],
  },
  'a list of the global object under another name': {
    files: {
      'app/r/route.ts': `const shared = globalThis as unknown as { seen?: string[] }\n${get(";(shared.seen ??= []).push('a')")}`,
    },
    found: ['app/r/route.ts:3 globalThis.seen'],
  },
  'a module of CommonJS': {
    files: {
      'lib/db.js': `const users = []\nmodule.exports = { users, add(user) { users.push(user) } }`,
      'pages/api/x.js':
        "const db = require('../../lib/db')\nmodule.exports = (req, res) => { db.add(req.body); res.json(db.users) }",
    },
    found: ['lib/db.js:1 users'],
  },
  'an empty list that a package fills': {
    files: {
      ...packages,
      'app/r/route.ts': `import { set } from 'validate'\nconst seen = {}\n${get("set(seen, 'a', 1)")}`,
    },
    found: ['app/r/route.ts:2 seen'],
  },
  'a re-exported value': {
    files: {
      'lib/a.ts': 'export const map = new Map()',
      'lib/index.ts': "export * from './a'",
      'app/r/route.ts': get("lib.map.set('a', 1)", "import * as lib from '../../lib'"),
    },
    found: ['lib/a.ts:1 map'],
  },
  'a list from which items are only removed': {
    files: { 'app/r/route.ts': `const users = new Map([['a', 1]])\n${get("users.delete('a')")}` },
    found: ['app/r/route.ts:1 users'],
  },
  'the time of the last request': {
    files: { 'app/r/route.ts': `let last: Date | null = null\n${get('last = new Date()')}` },
    found: ['app/r/route.ts:1 last'],
  },
  'a token of the process': {
    files: {
      'app/r/route.ts': `import { randomUUID } from 'node:crypto'\nlet token = ''\n${get('if (!token) token = randomUUID()')}`,
    },
    found: ['app/r/route.ts:2 token'],
  },
  'a function that outlives its request': {
    files: {
      'app/r/route.ts': `let send: ((text: string) => void) | undefined\n${get('new ReadableStream({ start(controller) { send = (text) => controller.enqueue(text) } })')}`,
    },
    found: ['app/r/route.ts:1 send'],
  },
  'an instance that outlives its request': {
    files: {
      'app/r/route.ts': `class Session { constructor(readonly user: string) {} }\nlet current: Session | undefined\n${get('current = new Session(request.url)')}`,
    },
    found: ['app/r/route.ts:2 current'],
  },
  'a singleton of a module': {
    files: {
      'lib/store.ts':
        'class Store { items: string[] = []; add(item: string) { this.items.push(item) } }\nlet store: Store\nexport function getStore() { if (!store) store = new Store(); return store }',
      'app/r/route.ts': get("getStore().add('a')", "import { getStore } from '../../lib/store'"),
    },
    found: ['lib/store.ts:2 store'],
  },
  'listeners that are added and removed': {
    files: {
      'lib/bus.ts':
        'type Listener = (x: number) => void\nconst listeners: Listener[] = []\nexport const subscribe = (one: Listener) => { listeners.push(one); return () => { listeners.splice(listeners.indexOf(one), 1) } }\nexport const publish = (x: number) => listeners.forEach((one) => one(x))',
      'app/r/route.ts': get('publish(1)', "import { publish } from '../../lib/bus'"),
      'app/s/route.ts': get('subscribe(() => {})', "import { subscribe } from '../../lib/bus'"),
    },
    found: ['lib/bus.ts:2 listeners'],
  },
  'a deleted property, and a merged one': {
    files: {
      'app/r/route.ts': `const a: Record<string, number> = { x: 1 }\nconst b = { y: 1 }\n${get("delete a['x']; Object.assign(b, await request.json())")}`,
    },
    found: ['app/r/route.ts:1 a', 'app/r/route.ts:2 b'],
  },
  'a list that may be the one of the module': {
    files: {
      'app/r/route.ts': `const items = [3, 1]\n${get('let shown = items; if (request.url) shown = shown.filter(Boolean); shown.sort()')}`,
    },
    found: ['app/r/route.ts:1 items'],
  },
  'a boolean flag': {
    files: { 'app/r/route.ts': `let maintenance = false\n${get('maintenance = true')}` },
    found: ['app/r/route.ts:1 maintenance'],
  },
}

for (const [name, { files, found }] of Object.entries(state)) {
  test(`state: ${name}`, async (t) => {
    assert.deepEqual(await stateOf(t, files), found)
  })
}

const none: Readonly<Record<string, Files>> = {
  'a connection cached in the global object': {
    ...packages,
    'lib/db.ts': `import { Client } from 'database'
      const g = globalThis as unknown as { client?: Client }
      export const client = g.client ?? new Client()
      if (process.env.NODE_ENV !== 'production') g.client = client`,
    'app/r/route.ts': get('await client.query()', "import { client } from '../../lib/db'"),
  },
  'a cached connection with a promise': {
    ...packages,
    'lib/db.ts': `import database from 'database'
      let cached = (global as any).database
      if (!cached) cached = (global as any).database = { conn: null, promise: null }
      export default async function connect() {
        if (cached.conn) return cached.conn
        if (!cached.promise) cached.promise = database.connect('x', { bufferCommands: false }).then((found) => found)
        try { cached.conn = await cached.promise } catch (error) { cached.promise = null; throw error }
        return cached.conn
      }`,
    'app/r/route.ts': get('await connect()', "import connect from '../../lib/db'"),
  },
  'a promise of a client': {
    ...packages,
    'lib/db.ts': `import { Client } from 'database'
      let promise: Promise<Client>
      export function connected() { if (!promise) { const client = new Client(); promise = client.connect() } return promise }`,
    'app/r/route.ts': get(
      'const client = await connected(); client.query()',
      "import { connected } from '../../lib/db'",
    ),
  },
  'a client that is created on first use': {
    ...packages,
    'lib/pay.ts': `import Payments from 'payments'\nlet client: Payments | undefined\nexport const payments = () => (client ??= new Payments('key'))`,
    'app/r/route.ts': get('await payments().charge()', "import { payments } from '../../lib/pay'"),
  },
  'clients by tenant': {
    ...packages,
    'app/r/route.ts': `import { Client } from 'database'
      const clients = new Map<string, Client>()
      function clientOf(tenant: string) { let client = clients.get(tenant); if (!client) { client = new Client(); clients.set(tenant, client) } return client }
      ${get("clientOf('a').query(); clients.delete('b')")}`,
  },
  'a limiter that keeps its counts in a database': {
    ...packages,
    'app/r/route.ts': `import { createClient } from 'database'\nimport { Remote } from 'limiter'\nconst limiter = new Remote({ client: createClient() })\n${get("await limiter.consume('ip')")}`,
  },
  'a cache in a database': {
    ...packages,
    'lib/cache.ts': "import { createClient } from 'database'\nexport const cache = createClient()",
    'app/r/route.ts': get(
      "await cache.set('a', 1); cache.on('error', () => {})",
      "import { cache } from '../../lib/cache'",
    ),
  },
  'a class that only wraps a client': {
    ...packages,
    'lib/repository.ts': `import { Client } from 'database'\nclass Users { private client = new Client(); add() { this.client.query() } set(x: number) { return this.client.set() } }\nexport const users = new Users()`,
    'app/r/route.ts': get(
      'users.add(); users.set(1)',
      "import { users } from '../../lib/repository'",
    ),
  },
  'a client whose methods are passed on': {
    ...packages,
    'lib/prisma.ts':
      "import { Client } from 'database'\nconst key = Symbol('client')\nfunction make() { const base = new Client(); const extended = base.db(); globalThis[key] ??= extended; return extended }\nconst client = globalThis[key] || make()\nexport default { client, find: (id: number) => client.query(id) }",
    'app/r/route.ts':
      "import prisma from '../../lib/prisma'\nexport async function DELETE() { return prisma.client.user.delete(1) }",
  },
  'a part of a client that is connected on first use': {
    ...packages,
    'lib/names.ts': "export const KEY = 'producer'",
    'lib/queue.ts': `import { Client } from 'database'
      import { KEY } from './names'
      let client: Client
      let producer: object
      async function makeProducer() { const made = client.producer(); await made.connect(); if (process.env.NODE_ENV !== 'production') globalThis[KEY] = made; return made }
      export async function send(text: string) {
        if (!client) client = process.env.QUEUE_URL && new Client()
        producer = globalThis[KEY] || (await makeProducer())
        await producer.send(text)
      }`,
    'app/r/route.ts': get("await send('a')", "import { send } from '../../lib/queue'"),
  },
  'whether a connection is open': {
    ...packages,
    'lib/db.ts': `import database from 'database'
      let isConnected = false
      const connection: { isConnected?: number } = {}
      export async function connect() { if (isConnected) return database; await database.connect('x'); isConnected = true; return database }
      export async function connectToo() { if (connection.isConnected) return; const db = await database.connect('x'); connection.isConnected = db.connections[0].readyState }`,
    'lib/cache.ts': `import { createClient } from 'database'
      class Cache {
        client: object; isConnected = false
        constructor(url: string) { this.client = createClient({ url }).on('error', console.error) }
        async connect() { if (!this.isConnected) { this.isConnected = true; await this.client.connect() } }
        async get(key: string) { await this.connect(); return this.client.get(key) }
      }
      export function getCache() {
        const cache = new Cache('x')
        let opening: Promise<void> | null = null
        cache.client.on('end', () => { cache.isConnected = false })
        cache.reconnect = async () => { if (opening) return opening; opening = (async () => { await cache.connect() })(); return opening }
        return cache
      }
      export const cache = getCache()`,
    'app/r/route.ts': get(
      "await connect(); await connectToo(); await cache.reconnect(); await cache.get('a')",
      "import { connect, connectToo } from '../../lib/db'\nimport { cache } from '../../lib/cache'",
    ),
  },
  constants: {
    'app/r/route.ts': `const roles = ['a', 'b']\nconst limits = { a: 1 }\nconst known = new Set(roles)\n${get("const mine = [...roles]; mine.push('c'); const all = { ...limits, b: 2 }; all.b = 3; roles.filter(Boolean).sort(); known.has('a'); Response.json(roles)")}`,
  },
  'a value that is filled while modules are loaded': {
    'lib/registry.ts': `const handlers = new Map<string, () => void>()\nexport function register(name: string, handler: () => void) { handlers.set(name, handler) }\nexport const handlerOf = (name: string) => handlers.get(name)\nfor (const name of ['a', 'b']) register(name, () => {})\n['c'].forEach((name) => { handlers.set(name, () => {}) })`,
    'lib/more.ts': "import { register } from './registry'\nregister('d', () => {})",
    'app/r/route.ts': get(
      "handlerOf('a')?.()",
      "import '../../lib/more'\nimport { handlerOf } from '../../lib/registry'",
    ),
  },
  'a registry class that is filled while modules are loaded': {
    'lib/registry.ts': `class Registry { items: string[] = []; register(item: string) { this.items.push(item); return this } list() { return this.items } }\nexport const registry = new Registry().register('a').register('b')`,
    'app/r/route.ts': get('registry.list()', "import { registry } from '../../lib/registry'"),
  },
  "a call's own variables": {
    'app/r/route.ts': get(
      `let count = 0; const seen = new Set<string>(); for (const name of ['a']) { count++; seen.add(name) } const later = () => { count += 1; seen.clear() }; later(); const user = await request.json(); user.name = 'x'`,
    ),
  },
  copies: {
    'app/r/route.ts': `const users = [{ name: 'a', tags: ['x'] }]\nconst defaults = { a: 1 }\n${get("const copy = structuredClone(users); copy[0].name = 'b'; const [first] = users; const mine = { ...first }; mine.name = 'c'; const merged = Object.assign({}, defaults, mine); merged.a = 2; users.map((user) => ({ ...user })).push(mine); const { name, ...rest } = users[0]; rest.tags = []; users.slice().reverse(); Object.entries(defaults).sort()")}`,
  },
  'an instance for each request': {
    'lib/builder.ts':
      'export class Builder { parts: string[] = []; add(part: string) { this.parts.push(part); return this } }',
    'app/r/route.ts': get(
      "new Builder().add('a').add('b')",
      "import { Builder } from '../../lib/builder'",
    ),
  },
  'a value that is computed once': {
    'app/r/route.ts': `let index: Map<string, number> | undefined\nconst words = ['a', 'b']\nfunction build() { return new Map(words.map((word, at) => [word, at] as const)) }\nfunction indexOf() { if (!index) index = build(); return index }\nlet format: Intl.NumberFormat | null = null\n${get("format ??= new Intl.NumberFormat('de'); indexOf().get('a')")}`,
  },
  'a value that is set up once': {
    'app/r/route.ts': `let ready = false\nfunction setUp() { if (ready) return; ready = true; console.log('ready') }\n${get('setUp()')}`,
  },
  'a WeakMap and an AsyncLocalStorage': {
    'app/r/route.ts': `import { AsyncLocalStorage } from 'node:async_hooks'\nconst seen = new WeakMap<object, number>()\nconst store = new AsyncLocalStorage<object>()\n${get('seen.set(request, 1); store.run({}, () => {}); store.enterWith({})')}`,
  },
  'a schema, options and a formatter': {
    ...packages,
    'app/r/route.ts': `import { object, Formatter } from 'validate'\nconst schema = object({})\nexport const authOptions = { providers: ['a'] }\nconst formatter = new Formatter().use((text: string) => text)\n${get("schema.parse(await request.json()); object(authOptions); formatter.format('a')").replaceAll('export const authOptions', 'const authOptions')}`,
  },
  'a value that is changed when the process exits': {
    'app/r/route.ts': `let ending = false\nprocess.on('SIGTERM', () => { ending = true })\n${get('Response.json(ending)')}`,
  },
  decorators: {
    'tsconfig.json': { compilerOptions: { experimentalDecorators: true } },
    'app/r/route.ts': `const logged = (_target: unknown, _key: string) => {}\nclass Item { @logged name() { return 'a' } }\n${get('new Item().name()')}`,
  },
  'a module that is not used': {
    'lib/a.ts':
      'const hits = new Map<string, number>()\nexport const hit = (name: string) => hits.set(name, 1)\nexport const two = 2',
    'lib/index.ts': "export { hit } from './a'\nexport const one = 1",
    'app/r/route.ts': get('console.log(one)', "import { one } from '../../lib'"),
  },
}

for (const [name, files] of Object.entries(none)) {
  test(`no state: ${name}`, async (t) => {
    assert.deepEqual(await stateOf(t, files), [])
  })
}

test('the routes of a value are those that reach its module, including the proxy file', async (t) => {
  const project = new Project(t, {
    'lib/hits.ts':
      'const hits = new Map<string, number>()\nexport const hit = (name: string) => hits.set(name, 1)',
    'lib/deep.ts': "export { hit as record } from './hits'",
    'app/a/route.ts': get("record('a')", "import { record } from '../../lib/deep'"),
    'app/b/route.ts': get('1'),
    'proxy.ts': "import { hit } from './lib/hits'\nexport function proxy() { hit('p') }",
  })
  const { memory_state: found } = await project.build(['app/a/route.ts', 'app/b/route.ts'])
  assert.deepEqual(found, [
    { file: 'lib/hits.ts', line: 1, name: 'hits', routes: ['app/a/route.ts', 'proxy.ts'] },
  ])
})

test('in development only the first build searches for memory state', async (t) => {
  const file = 'app/r/route.ts'
  const project = new Project(t, { [file]: `let count = 0\n${get('count++')}` })
  const found = async (): Promise<unknown> =>
    (await project.build([file], { mode: 'development' })).memory_state
  assert.deepEqual(await found(), [{ file, line: 1, name: 'count', routes: [file] }])
  project.write({ [file]: get('2') })
  assert.deepEqual(await found(), [{ file, line: 1, name: 'count', routes: [file] }])
})

test('values of the instrumentation file belong to all routes', async (t) => {
  const project = new Project(t, {
    'instrumentation.ts':
      'const errors: unknown[] = []\nexport function register() { errors.length = 0 }\nexport function onRequestError(error: unknown) { errors.push(error) }',
    'app/r/route.ts': get('1'),
  })
  const { memory_state: found } = await project.build(['app/r/route.ts'])
  assert.deepEqual(found, [{ file: 'instrumentation.ts', line: 1, name: 'errors', routes: [] }])
})
