/**
 * From the working directory, which is the project's folder, to the project. Not empty: entries
 * would take that for unknown.
 */
export const projectDir = '.'
