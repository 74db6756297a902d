// What the checks of floors share: folders stand on floors, and a folder uses only floors below its
// own, never a sibling.

/** A house of folders. */
export class Floors {
  #floorOf

  /** @param floors names of folders, the lowest floor first. */
  constructor(floors) {
    this.#floorOf = new Map(floors.flatMap((names, floor) => names.map((name) => [name, floor])))
  }

  has(folder) {
    return this.#floorOf.has(folder)
  }

  /** What is wrong about a use: it leads up, or to a sibling; null for nothing. */
  faultOf(user, used) {
    if (user === used) return null
    const own = this.#floorOf.get(user)
    const other = this.#floorOf.get(used)
    if (other > own) return 'above'
    return other === own ? 'sibling' : null
  }
}

/** A fault in words. */
export function describeFault(fault, user, used) {
  return fault === 'above'
    ? `${user} must not use ${used}, which stands above it`
    : `${user} must not use ${used}, its sibling`
}
