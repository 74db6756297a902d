/**
 * Node's own modules. An import statement makes node read every property of the module for its
 * named exports, and with it load what lies behind lazy ones (of `fs`: streams, promises,
 * readline): 5 ms of a worker's start. What is taken here is not.
 */
export const fs = process.getBuiltinModule('node:fs')
export const net = process.getBuiltinModule('node:net')
export const stream = process.getBuiltinModule('node:stream')
