/**
 * Chooses the Node.js that runs a project's routes: the one that started the command, since native
 * addons were installed for it, or the pinned one if that is too old.
 */
import satisfies from 'semver/functions/satisfies.js'

/** A version that a file of the project asks for. */
export interface Wish {
  /** Where it is written: ".nvmrc", "engines of package.json". */
  readonly source: string
  /** A range that npm's `semver` understands. */
  readonly range: string
  /** The text of the file, for messages. */
  readonly text: string
}

export interface Node {
  readonly path: string
  /** Without a "v". */
  readonly version: string
}

/** What the choice depends on. */
export interface NodeCandidates {
  /** The Node.js that runs this program: that of `npm run`, `npx` or the shell. */
  readonly started: Node
  /** The one that is installed with Millrace; null if it was left out. */
  readonly pinned: Node | null
  readonly wishes: readonly Wish[]
}

export interface NodeChoice {
  readonly path: string
  /** Lines for the user. */
  readonly notes: readonly string[]
}

/** The runtime needs `module.registerHooks`. */
export const oldest = '22.15'

/** @throws Error if no Node.js can run the routes. */
export function chooseNode({ started, pinned, wishes }: NodeCandidates): NodeChoice {
  if (satisfies(started.version, `>=${oldest}.0`, { includePrerelease: true })) {
    return { path: started.path, notes: unmet(wishes, started, 'this command was started by it') }
  }
  const old = `Node.js ${started.version} (${started.path}) started this command, and Millrace needs ${oldest} or newer`
  if (pinned === null) {
    throw new Error(
      `${old}. Use a newer one ("nvm use 24", for example), name one in the variable MILLRACE_NODE, or install the package @millrace/node-linux-${process.arch}.`,
    )
  }
  return {
    path: pinned.path,
    notes: [
      `${old}. Routes run on Millrace's own ${pinned.version}; packages with native addons must be installed for that version.`,
      ...unmet(wishes, pinned, `it replaces ${started.version}`),
    ],
  }
}

function unmet(wishes: readonly Wish[], { version }: Node, why: string): string[] {
  return wishes
    .filter(({ range }) => !satisfies(version, range, { includePrerelease: true }))
    .map(
      ({ source, text }) =>
        `${source} asks for Node.js ${text}, but ${version} runs the routes (${why}).`,
    )
}
