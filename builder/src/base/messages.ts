/**
 * Formats the compiler's messages for users, with advice on what to do.
 */
import { formatMessages, type Message } from 'esbuild'

/** Returns the texts of messages, each with file, line and source excerpt. */
export async function formatted(
  messages: readonly Message[],
  kind: 'error' | 'warning',
): Promise<string[]> {
  const texts = await formatMessages(messages.map(ofFile).map(withAdvice), {
    kind,
    color: false,
    terminalWidth: 100,
  })
  // esbuild's severity marker is removed: the caller that prints the message adds its own.
  return [
    ...new Set(texts.map((text) => text.trimEnd().replace(/^\S+ \[(?:ERROR|WARNING)\] /, ''))),
  ]
}

/** Returns a file's name from esbuild's name, which includes a marker for layer copies. */
export function plainName(file: string): string {
  return file.replace(/\?[\w-]+$/, '')
}

/** Without the name of the plugin that reports it, which says nothing to users. */
function ofFile(message: Message): Message {
  const { location } = message
  return {
    ...message,
    pluginName: '',
    location: location && { ...location, file: plainName(location.file) },
  }
}

/** Whether a message concerns the project's own code, not that of packages or of the build. */
export function isOfProject(message: Message): boolean {
  const file = message.location?.file ?? ''
  return !file.includes('node_modules/') && !/^millrace-[\w-]+:/.test(file)
}

/** Replaces esbuild's notes, which refer to its own options, with advice for users of Millrace. */
function withAdvice(message: Message): Message {
  const specifier = /^Could not resolve "([^./"][^"]*)"/.exec(message.text)?.[1]
  if (specifier === undefined) return message
  const notes = message.notes.filter(({ text }) => !text.includes('as external'))
  return { ...message, notes: [...notes, { text: adviceFor(specifier), location: null }] }
}

function adviceFor(specifier: string): string {
  const name = /^(?:@[\w.-]+\/)?[\w.-]+/.exec(specifier)?.[0]
  if (name === undefined) {
    return specifier.startsWith('#')
      ? 'Names that begin with # are entries of "imports" in package.json: this one has no entry, or its entry names a file that does not exist.'
      : 'It looks like an alias, but no entry of "paths" in tsconfig.json leads to a file that exists. Generated code (prisma generate) must exist before the build.'
  }
  if (name === 'next')
    return `Millrace provides the modules of "next" that API routes need; this one is only in the package. Install it: npm install next`
  return `If it is a package, install it: npm install ${name}`
}
