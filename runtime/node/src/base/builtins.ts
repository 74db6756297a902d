/**
 * Node.js modules. An import statement makes Node.js read every property of a module for its named
 * exports, which loads what lazy properties stand for (of `fs`: streams, promises, readline) and
 * takes 5 ms of a worker's start. `process.getBuiltinModule()` avoids that.
 */
export const fs = process.getBuiltinModule('node:fs')
export const net = process.getBuiltinModule('node:net')
export const stream = process.getBuiltinModule('node:stream')
