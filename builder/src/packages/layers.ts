/**
 * Defines what a module is compiled for. Next.js resolves packages by it: route handlers,
 * middleware and instrumentation get the condition `react-server`, the edge runtime `edge-light`,
 * files of `pages/api` neither.
 */
import type { Mode } from '../base/phases.ts'

/** A kind of code, with its rules for resolving packages. */
export interface Layer {
  readonly name: 'app' | 'pages' | 'edge-app' | 'edge-pages'
  /** Conditions of `exports` and `imports` besides those of Node.js. */
  readonly conditions: readonly string[]
  /**
   * Whether the rules of React's server components apply: files with `'use client'` are references.
   */
  readonly reactServer: boolean
  /** Fields of a package.json without `exports` that name its file, the preferred one first. */
  readonly mainFields: readonly string[]
  /**
   * Whether Node.js's resolution of a package is preferred to the file that a bundler would choose.
   */
  readonly prefersNode: boolean
}

/**
 * The conditions that Node.js applies in addition to those that esbuild applies too. With an empty
 * list esbuild would add `module`, which Node.js does not apply.
 */
export const nodeConditions = ['node-addons', 'module-sync']

/** All layers. */
export function layersOf(mode: Mode): Record<Layer['name'], Layer> {
  const node = { conditions: [mode], mainFields: ['module', 'main'], prefersNode: false }
  const edge = {
    conditions: [mode, 'edge-light', 'browser', 'module'],
    mainFields: ['browser', 'module', 'main'],
    prefersNode: false,
  }
  return {
    app: {
      ...node,
      name: 'app',
      conditions: [...node.conditions, 'react-server'],
      reactServer: true,
    },
    pages: { ...node, name: 'pages', reactServer: false, prefersNode: true },
    'edge-app': {
      ...edge,
      name: 'edge-app',
      conditions: [...edge.conditions, 'react-server'],
      reactServer: true,
    },
    'edge-pages': { ...edge, name: 'edge-pages', reactServer: false },
  }
}
