/**
 * What is known of one module before it is looked at together with others: its variables with the
 * values they are given, its functions, what they write and what they call. Plain data, so that it
 * can be kept between builds.
 */

/** Where a value comes from. */
export type Base =
  /** A variable, by its place in {@link ModuleFacts.cells}. */
  | { readonly is: 'cell'; readonly cell: number }
  /** What another module exports; `*` is all of it. */
  | { readonly is: 'import'; readonly source: string; readonly name: string }
  /** A member of the global object. */
  | { readonly is: 'global'; readonly name: string }
  /** A name that nothing declares: `Map`, `JSON`. */
  | { readonly is: 'builtin'; readonly name: string }
  /** What a call, or `new`, returns. */
  | { readonly is: 'result'; readonly call: number }
  /** An object or array literal, by its place in {@link ModuleFacts.literals}. */
  | { readonly is: 'literal'; readonly literal: number }
  | { readonly is: 'function'; readonly fn: number }
  | { readonly is: 'class'; readonly cls: number }
  /** `this` in a method that is not static. */
  | { readonly is: 'instance'; readonly cls: number }
  | { readonly is: 'parameter'; readonly fn: number; readonly index: number }
  /** A primitive value, or what nobody can change. */
  | { readonly is: 'constant'; readonly empty: boolean }

/** A value: what is reached from its base. */
export interface Ref {
  readonly base: Base
  /** Names of members; `*` for one that is not known. */
  readonly path: readonly string[]
  /** How many levels of it are a copy that nobody else has. */
  readonly fresh: number
}

/** Whether a value is the same whoever computes it and when. */
export interface Purity {
  readonly pure: boolean
  /** Functions that must be pure, too. */
  readonly calls: readonly (readonly Ref[])[]
}

/** A variable. */
export interface Cell {
  readonly name: string
  /** Its place in the code. */
  readonly at: number
  /** The function whose call makes it; 0 is the module. */
  readonly fn: number
  readonly values: Ref[]
  /** Whether its name is used other than as what is called: a function that others may keep. */
  escapes: boolean
}

/** An array or an object as written. */
export interface Literal {
  readonly type: 'array' | 'object'
  readonly at: number
  readonly fn: number
  readonly members: Readonly<Record<string, readonly Ref[]>>
  readonly empty: boolean
}

/** How a function comes to run. */
export type FunctionKind =
  | 'module'
  /** By its name, or by whoever gets it. */
  | 'function'
  | 'method'
  | 'constructor'

/** A function; the module itself is number 0. */
export interface Fn extends Purity {
  readonly kind: FunctionKind
  readonly name: string
  /** The class of a method. */
  readonly cls: number | null
  readonly parent: number
  /** Whether it is handed to somebody where it stands. */
  readonly escapes: boolean
  readonly returns: Ref[]
}

export interface Class {
  readonly name: string
  readonly at: number
  readonly extends: readonly Ref[]
  /** Functions by name. */
  readonly methods: Readonly<Record<string, number>>
  /** Values that its fields, and its constructor, give. */
  readonly fields: Record<string, Ref[]>
}

/** A call, in the function that makes it. */
export interface Call {
  readonly callee: readonly Ref[]
  readonly args: readonly (readonly Ref[])[]
  readonly fn: number
  readonly at: number
  readonly isNew: boolean
  readonly isAwaited: boolean
}

/** Something that changes a value. */
export interface Write {
  /** What is changed: for `a.b = 1` it is `a`, with the member. */
  readonly target: readonly Ref[]
  /** The member that is set; null where a variable gets another value, or a method is called. */
  readonly member: string | null
  /** The method called, such as `push`; null for an assignment. */
  readonly method: string | null
  readonly deletes: boolean
  /** Null where it depends on what was there: `++`, and for what is deleted. */
  readonly value: readonly Ref[] | null
  readonly purity: Purity
  /** Whether it only happens where nothing was there. */
  readonly guarded: boolean
  readonly isAwaited: boolean
  readonly fn: number
  readonly at: number
}

/** All of a module. */
export interface ModuleFacts {
  readonly cells: readonly Cell[]
  readonly literals: readonly Literal[]
  readonly fns: readonly Fn[]
  readonly classes: readonly Class[]
  readonly calls: readonly Call[]
  readonly writes: readonly Write[]
  /** By exported name; `*` lists what `export *` names. */
  readonly exports: Readonly<Record<string, readonly Ref[]>>
  readonly stars: readonly string[]
  /** Uses of what other modules export other than as what is called. */
  readonly escaping: readonly Ref[]
  /** Names of members that are used, by function. */
  readonly members: readonly (readonly [fn: number, name: string])[]
}
