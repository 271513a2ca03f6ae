/** New numbers for frames and tables: in a view they are numbered as they are met. */

/** Raised for a state that has no view: something is at the spot that belongs elsewhere. */
export class NotSeen extends Error {
  override readonly name = 'NotSeen'
}

/** The numbers of what is met, in the order of meeting. */
export class Names {
  readonly given = new Map<number, number>()
  private readonly taken = new Set<number>()

  /** @param names the new numbers, those first that are given first. */
  constructor(private readonly names: readonly number[]) {}

  /** @throws NotSeen when there is more than the abstract model has room for. */
  of(number: number, wanted = this.names[0]): number {
    if (number < 0) return number
    const known = this.given.get(number)
    if (known !== undefined) return known
    const isFree = (name: number) => !this.taken.has(name)
    const name = isFree(wanted) ? wanted : this.names.find(isFree)
    if (name === undefined) throw new NotSeen('more frames or tables than the view has room for')
    this.given.set(number, name)
    this.taken.add(name)
    return name
  }

  clear(): void {
    this.given.clear()
    this.taken.clear()
  }
}
