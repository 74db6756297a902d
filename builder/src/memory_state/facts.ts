/**
 * Describes what is known of one module before it is analysed together with others: its variables
 * with their values, its functions, what they write and what they call. Plain data, so that it can
 * be kept between builds.
 */

/** Where a value comes from. */
export type Base =
  /** A variable, by its index in {@link ModuleFacts.cells}. */
  | { readonly is: 'cell'; readonly cell: number }
  /** An export of another module; `*` is the whole namespace. */
  | { readonly is: 'import'; readonly source: string; readonly name: string }
  /** A member of the global object. */
  | { readonly is: 'global'; readonly name: string }
  /** An undeclared name: `Map`, `JSON`. */
  | { readonly is: 'builtin'; readonly name: string }
  /** The result of a call or of `new`. */
  | { readonly is: 'result'; readonly call: number }
  /** An object or array literal, by its index in {@link ModuleFacts.literals}. */
  | { readonly is: 'literal'; readonly literal: number }
  | { readonly is: 'function'; readonly fn: number }
  | { readonly is: 'class'; readonly cls: number }
  /** `this` in a method that is not static. */
  | { readonly is: 'instance'; readonly cls: number }
  | { readonly is: 'parameter'; readonly fn: number; readonly index: number }
  /** A primitive value, or one that cannot be changed. */
  | { readonly is: 'constant'; readonly empty: boolean }

/** A value: what `path` leads to from its base. */
export interface Ref {
  readonly base: Base
  /** Names of members; `*` for an unknown one. */
  readonly path: readonly string[]
  /** The number of its outer levels that are a copy of which there is no other reference. */
  readonly fresh: number
}

/** Whether a value is the same whenever and wherever it is computed. */
export interface Purity {
  readonly pure: boolean
  /** Functions that must be pure too. */
  readonly calls: readonly (readonly Ref[])[]
}

/** A variable. */
export interface Cell {
  readonly name: string
  /** Its position in the code. */
  readonly at: number
  /** The function whose call creates it; 0 is the module. */
  readonly fn: number
  readonly values: Ref[]
  /** Whether its name is used other than to call it: other code may keep the function. */
  escapes: boolean
}

/** An array or object literal. */
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
  /** Called by its name, or by code that receives it. */
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
  /** Whether it is passed on where it is written. */
  readonly escapes: boolean
  readonly returns: Ref[]
}

export interface Class {
  readonly name: string
  readonly at: number
  readonly extends: readonly Ref[]
  /** Functions by name. */
  readonly methods: Readonly<Record<string, number>>
  /** Values that its fields and its constructor assign. */
  readonly fields: Record<string, Ref[]>
}

/** A call, in the function that contains it. */
export interface Call {
  readonly callee: readonly Ref[]
  readonly args: readonly (readonly Ref[])[]
  readonly fn: number
  readonly at: number
  readonly isNew: boolean
  readonly isAwaited: boolean
}

/** An operation that changes a value. */
export interface Write {
  /** The object that is changed: for `a.b = 1` it is `a`, with the member. */
  readonly target: readonly Ref[]
  /** The member that is set; null if a variable is assigned or a method is called. */
  readonly member: string | null
  /** The method called, such as `push`; null for an assignment. */
  readonly method: string | null
  readonly deletes: boolean
  /** Null if it depends on the previous value (`++`), and for a deletion. */
  readonly value: readonly Ref[] | null
  readonly purity: Purity
  /** Whether it only happens if the target was empty. */
  readonly guarded: boolean
  readonly isAwaited: boolean
  readonly fn: number
  readonly at: number
}

/** All facts of a module. */
export interface ModuleFacts {
  readonly cells: readonly Cell[]
  readonly literals: readonly Literal[]
  readonly fns: readonly Fn[]
  readonly classes: readonly Class[]
  readonly calls: readonly Call[]
  readonly writes: readonly Write[]
  /** By exported name; `*` lists the sources of `export *`. */
  readonly exports: Readonly<Record<string, readonly Ref[]>>
  readonly stars: readonly string[]
  /** Uses of other modules' exports other than calling them. */
  readonly escaping: readonly Ref[]
  /** Names of members that are used, by function. */
  readonly members: readonly (readonly [fn: number, name: string])[]
}
