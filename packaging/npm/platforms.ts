/** The platforms for which there is a package with the executable, as `process` names them. */
export const platforms: readonly string[] = ['linux-x64', 'linux-arm64']
