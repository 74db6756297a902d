// Implements the rule that the checks of floors share: folders are on floors, and a folder uses
// only folders on lower floors, never a sibling.

/** The floors of a tree of folders. */
export class Floors {
  #floorOf

  /** @param floors names of folders, the lowest floor first. */
  constructor(floors) {
    this.#floorOf = new Map(floors.flatMap((names, floor) => names.map((name) => [name, floor])))
  }

  has(folder) {
    return this.#floorOf.has(folder)
  }

  /**
   * Returns the fault of a use: it leads to a higher floor or to a sibling; null if there is none.
   */
  faultOf(user, used) {
    if (user === used) return null
    const own = this.#floorOf.get(user)
    const other = this.#floorOf.get(used)
    if (other > own) return 'above'
    return other === own ? 'sibling' : null
  }
}

/** Returns a fault's message. */
export function describeFault(fault, user, used) {
  return fault === 'above'
    ? `${user} must not use ${used}, which is on a higher floor`
    : `${user} must not use ${used}, its sibling`
}
