/**
 * Tests that classes compile as under Next.js; the expected values were recorded from Next.js 16.4.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Files, Project } from './support/project.ts'

/** A replacement for reflect-metadata that records the metadata. */
const metadata: Files = {
  'lib/reflect.ts': `
    const kept: [string, unknown][] = []
    Object.assign(Reflect, { metadata: (name: string, value: any) => (target: any, key?: string, index?: number) => {
      const shown = [value].flat().map((one) => (typeof one === 'function' ? one.name : String(one)))
      kept.push([[key ?? 'class', name].join(' '), shown.join()])
    } })
    export const told = () => Object.fromEntries(kept)`,
}

test('decorators emit metadata of the types', async (t) => {
  const project = new Project(t, {
    ...metadata,
    'tsconfig.json': {
      compilerOptions: {
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        target: 'ES2017',
      },
    },
    'lib/types.ts': 'export interface Only { x: 1 }\nexport class Other {}',
    'pages/api/x.ts': `
      import { told } from '../../lib/reflect'
      import { Other, type Only } from '../../lib/types'
      const d = (...given: any[]): any => (...at: any[]) => {}
      const p: any = () => {}
      enum E { A = 'a' }
      @d()
      class Z {
        @d() a!: string
        @d() b!: number | null
        @d() e!: E
        @d() o!: Other
        @d() t!: Only
        @d() list!: string[]
        @d() when!: Date
        @d() u!: string | number
        plain = 1
        noinit: string
        declare never: number
        constructor(private k: Other, @p public o2: Date, s?: string) {}
        @d() m(@p x: number, y: Other): Promise<void> { return Promise.resolve() }
      }
      export default () => ({ ...told(), own: Object.keys(new Z(new Other(), new Date())).join() })`,
  })
  assert.deepEqual(await project.call('pages/api/x.ts'), {
    'a design:type': 'String',
    'b design:type': 'Object',
    'e design:type': 'String',
    'o design:type': 'Other',
    't design:type': 'Object',
    'list design:type': 'Array',
    'when design:type': 'Date',
    'u design:type': 'Object',
    'm design:type': 'Function',
    'm design:paramtypes': 'Number,Other',
    'm design:returntype': 'Promise',
    'class design:type': 'Function',
    'class design:paramtypes': 'Other,Date,String',
    own: 'k,o2,a,b,e,o,t,list,when,u,plain,noinit',
  })
})

test('an error in a file with decorators names the file', async (t) => {
  const project = new Project(t, {
    'tsconfig.json': { compilerOptions: { experimentalDecorators: true } },
    'pages/api/x.ts': 'const d: any = () => {}\n@d class A { x = }\nexport default A',
  })
  const { errors = [] } = await project.build(['pages/api/x.ts'])
  assert.match(errors.join('\n'), /pages\/api\/x\.ts/)
})

test('fields are defined, not assigned, for every target of tsconfig.json', async (t) => {
  const project = new Project(t, {
    'tsconfig.json': { compilerOptions: { target: 'ES2017', useDefineForClassFields: false } },
    'pages/api/x.ts': `
      class A { constructor() { (this as any).x = 'set by the base' } }
      class B extends A { x: string; y?: number; declare z: number; static s: number }
      class C { a = this.b; constructor(public b: number) {} }
      class D { set q(value: any) { throw new Error('setter') } }
      class E extends D { q = 1 as any }
      export default () => [Object.keys(new B()), new B().x, Object.keys(B), Object.keys(new C(4)), new C(4).a, Object.keys(new E())]`,
  })
  assert.deepEqual(await project.call('pages/api/x.ts'), [
    ['x', 'y'],
    undefined,
    ['s'],
    ['b', 'a'],
    4,
    ['q'],
  ])
})

test('JSX is compiled for the automatic runtime, with the import source of tsconfig.json itself', async (t) => {
  const files = {
    'node_modules/mine/package.json': { name: 'mine', exports: { './jsx-runtime': './jsx.js' } },
    'node_modules/mine/jsx.js': "exports.jsx = (type) => ['mine', type]",
    'node_modules/react/package.json': { name: 'react', exports: { './jsx-runtime': './jsx.js' } },
    'node_modules/react/jsx.js': "exports.jsx = (type) => ['react', type]",
    'pages/api/x.tsx': 'export default () => <b>x</b>',
  }
  const direct = new Project(t, {
    ...files,
    'tsconfig.json': { compilerOptions: { jsx: 'react', jsxImportSource: 'mine' } },
  })
  assert.deepEqual(await direct.call('pages/api/x.tsx'), ['mine', 'b'])
  const extended = new Project(t, {
    ...files,
    'base.json': { compilerOptions: { jsxImportSource: 'mine' } },
    'tsconfig.json': { extends: './base.json', compilerOptions: { jsx: 'react' } },
  })
  assert.deepEqual(await extended.call('pages/api/x.tsx'), ['react', 'b'])
})
