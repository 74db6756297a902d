/**
 * The path from the working directory, which is the project's folder, to the project. Not empty,
 * because entries take an empty path for unknown.
 */
export const projectDir = '.'
