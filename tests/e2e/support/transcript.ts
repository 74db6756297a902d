/** Reads the commands of documents, which tests type. */

/** A command, which `\` at the end of a line continues, and the output that is shown. */
export interface Step {
  readonly command: string
  readonly output: string
}

/** Returns the commands of the ```console blocks, in order, with the output that is shown. */
export function transcript(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(
    ([, block]) => block ?? '',
  )
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = ''] = /^(?:.*\\\n)*.*/.exec(step) ?? []
        return { command, output: step.slice(command.length + 1).trimEnd() }
      }),
  )
}
