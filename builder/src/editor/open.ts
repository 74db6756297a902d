/**
 * Opens a place in a source file in the developer's editor, for the error page of the development
 * server.
 */
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { basename, delimiter, join } from 'node:path'

/** A place in a file that exists. */
export interface EditorPlace {
  /** Absolute path. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1. */
  readonly column: number
}

/** A program with its arguments. */
export interface EditorCommand {
  readonly program: string
  readonly parameters: readonly string[]
}

type Environment = Readonly<Record<string, string | undefined>>

/** Variables that name the editor, by precedence; the first two are those of other tools. */
const variables = ['LAUNCH_EDITOR', 'REACT_EDITOR', 'VISUAL', 'EDITOR']
/** Editors with a window, which are looked for if no variable names one. */
const usual = ['code', 'cursor', 'codium', 'zed', 'subl', 'webstorm', 'idea']

type Placed = (place: EditorPlace) => readonly string[]

const likeCode: Placed = ({ file, line, column }) => ['-g', `${file}:${line}:${column}`]
const likeIdea: Placed = ({ file, line, column }) => [
  '--line',
  String(line),
  '--column',
  String(column),
  file,
]
const afterColons: Placed = ({ file, line, column }) => [`${file}:${line}:${column}`]

/** How an editor is told the place, by the name of its program. */
const placed: Readonly<Record<string, Placed>> = {
  code: likeCode,
  'code-insiders': likeCode,
  codium: likeCode,
  cursor: likeCode,
  windsurf: likeCode,
  idea: likeIdea,
  webstorm: likeIdea,
  clion: likeIdea,
  rider: likeIdea,
  zed: afterColons,
  subl: afterColons,
  sublime_text: afterColons,
  gedit: ({ file, line, column }) => [`+${line}:${column}`, file],
  kate: ({ file, line, column }) => ['-l', String(line), '-c', String(column), file],
  gvim: ({ file, line }) => [`+${line}`, file],
  emacsclient: ({ file, line, column }) => ['-n', `+${line}:${column}`, file],
}

/** Editors that need the terminal, in which the development server runs. */
const inTerminal = new Set([
  'vi',
  'vim',
  'nvim',
  'nano',
  'emacs',
  'micro',
  'hx',
  'helix',
  'ed',
  'joe',
])

/**
 * Returns the command that opens a place.
 * @throws Error that says which variable to set.
 */
export function editorCommand(place: EditorPlace, environment: Environment): EditorCommand {
  const named = variables.map((name) => environment[name]).find((value) => value?.trim())
  const [program = usual.find((name) => isInPath(name, environment)), ...given] =
    named?.trim().split(/\s+/) ?? []
  if (program === undefined)
    throw new Error(`No editor was found. Name one: LAUNCH_EDITOR=code millrace dev`)
  const name = basename(program)
  if (inTerminal.has(name))
    throw new Error(
      `${name} needs a terminal of its own. Name an editor with a window: LAUNCH_EDITOR=code millrace dev`,
    )
  return { program, parameters: [...given, ...(placed[name] ?? (({ file }) => [file]))(place)] }
}

function isInPath(name: string, { PATH = '' }: Environment): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return folder !== ''
    } catch {
      return false
    }
  })
}

/**
 * Starts the editor and does not wait for it.
 * @throws Error for the user if there is no editor, or it cannot be started.
 */
export function openInEditor(place: EditorPlace): Promise<void> {
  const { program, parameters } = editorCommand(place, process.env)
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: 'ignore', detached: true })
    child.on('error', (error) =>
      reject(new Error(`${program} cannot be started: ${error.message}`)),
    )
    child.on('spawn', () => {
      child.unref()
      resolve()
    })
  })
}
