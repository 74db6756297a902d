/** The compiler's messages as a user reads them: with what to do about them. */
import { formatMessages, type Message } from 'esbuild'

/** Texts of messages, each with file, line and the code there. */
export async function formatted(
  messages: readonly Message[],
  kind: 'error' | 'warning',
): Promise<string[]> {
  const texts = await formatMessages(messages.map(ofFile).map(withAdvice), {
    kind,
    color: false,
    terminalWidth: 100,
  })
  // Without esbuild's own mark for the kind: whoever shows a message says what it is.
  return [
    ...new Set(texts.map((text) => text.trimEnd().replace(/^\S+ \[(?:ERROR|WARNING)\] /, ''))),
  ]
}

/** A file's name, given esbuild's, which tells copies of it apart. */
export function plainName(file: string): string {
  return file.replace(/\?[\w-]+$/, '')
}

function ofFile(message: Message): Message {
  const { location } = message
  return location === null
    ? message
    : { ...message, location: { ...location, file: plainName(location.file) } }
}

/** Whether a message is about the project's own code. */
export function isOfProject(message: Message): boolean {
  return !message.location?.file.includes('node_modules/')
}

/** With a note that a user of Millrace can act on: esbuild's own speaks of its options. */
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
      ? 'Names that begin with # are those of "imports" in package.json, which has none for this, or one of a file that does not exist.'
      : 'It looks like an alias: no entry of "paths" in tsconfig.json leads to a file that exists. Code that is generated (prisma generate) must be there before the build.'
  }
  if (name === 'next')
    return `Millrace has the modules of "next" that API routes need; this one comes from the package. Install it: npm install next`
  return `If it is a package, install it: npm install ${name}`
}
