/** The sentence about a mutant whose file has none. */

interface Parts {
  readonly change?: Readonly<Record<string, unknown>>
  readonly add?: readonly { readonly name?: unknown }[]
}

/** Which rules and hooks are other ones: `without zapLock; with another forkFlush`. */
export function mutantSays({ change = {}, add = [] }: Parts): string {
  const names = Object.keys(change)
  const listed = (what: string, of: readonly unknown[]) =>
    of.length > 0 ? [`${what} ${of.join(', ')}`] : []
  const parts = [
    ...listed(
      'without',
      names.filter((name) => change[name] === null),
    ),
    ...listed(
      'with another',
      names.filter((name) => change[name] !== null),
    ),
    ...listed(
      'with the new',
      add.map(({ name }) => name),
    ),
  ]
  return parts.join('; ') || 'nothing is changed'
}
