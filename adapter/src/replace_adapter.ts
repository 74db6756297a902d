/**
 * Preloaded into the processes of `next` if the project has an adapter of its own: Next.js loads
 * one adapter only. It gets Millrace's in place of the project's, and Millrace's loads the
 * project's.
 */
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { variables } from './handed_over.ts'

const own = process.env[variables.ownAdapter]
/** Beside this file in an installation. */
const ours = new URL('./adapter.mjs', import.meta.url).href

if (own !== undefined) {
  const replaced = pathToFileURL(own).href
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier === replaced && context.parentURL !== ours ? ours : specifier, context),
  })
}
