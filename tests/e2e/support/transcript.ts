/** Reads the commands of documents, which tests type. */

/** A command and what the document shows of its output. */
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
        const end = step.indexOf('\n')
        return { command: step.slice(0, end), output: step.slice(end + 1).trimEnd() }
      }),
  )
}
