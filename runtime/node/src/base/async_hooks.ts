/**
 * Loaded without an import statement, which would read every property of the module; see
 * builtins.ts.
 */
export const asyncHooks = process.getBuiltinModule('node:async_hooks')
