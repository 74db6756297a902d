/** Taken without an import statement, which would read all of the module; see builtins.ts. */
export const asyncHooks = process.getBuiltinModule('node:async_hooks')
