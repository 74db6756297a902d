declare module 'loader-runner' {
  /**
   * The `loaders` to run, from the last to the first, on the content of `resource` as
   * `readResource` returns it.
   */
  interface RunLoaderOptions {
    resource: string
    loaders: readonly { loader: string; options: unknown; type?: string }[]
    /** The base of `this` inside a loader. */
    context: object
    readResource: (
      path: string,
      done: (error: NodeJS.ErrnoException | null, content: Buffer) => void,
    ) => void
  }
  interface RunLoaderResult {
    result?: readonly (string | Uint8Array | undefined | null)[]
    fileDependencies: readonly string[]
    contextDependencies: readonly string[]
  }
  export function runLoaders(
    options: RunLoaderOptions,
    done: (error: Error | null, result: RunLoaderResult) => void,
  ): void
}
