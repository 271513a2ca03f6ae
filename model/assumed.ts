/**
 * What of a system no source has that was seen: rules and hooks that say so (`assumed`). A verdict
 * rests on them, so they are counted beside it, and a mutant of its own leaves each one out.
 */
import type { Mutant } from './mutant.js'
import { systems } from './systems/index.js'
import type { System } from './systems/system.js'

/** An assumed rule or hook. */
export interface Assumption {
  readonly name: string
  readonly source: string
  /** Why it is believed to be there. */
  readonly why: string
}

/** The assumed rules and hooks of a system. */
export function assumedIn({ rules, hooks }: Pick<System, 'rules' | 'hooks'>): Assumption[] {
  return [...rules, ...hooks].flatMap((part) =>
    'assumed' in part && part.assumed !== undefined
      ? [{ name: part.name, source: part.source ?? '', why: part.assumed }]
      : [],
  )
}

/** Each system without one of its assumed parts: what fails then rests on it. */
export const withoutAssumed: readonly Mutant[] = systems.flatMap((system) =>
  assumedIn(system).map(({ name, source }) => ({
    name: `${system.name}-without-${name}`,
    system: system.name,
    says: `${name}, which is assumed, is left out.`,
    scenario: 'bgsave',
    breaks: [],
    origin: 'synthetic',
    source,
    change: { [name]: null },
  })),
)
