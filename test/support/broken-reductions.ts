/** Reductions that are wrong, each in one way. What tests of reductions are worth, these show. */
import { Choice } from '../../checker/search/reduced/ample-set.js'
import { ElementSet } from '../../checker/search/reduced/element-set.js'
import { type Group, Others } from '../../checker/search/reduced/interference.js'
import type { Outcome, Processes } from '../../checker/search/reduced/processes.js'
import { ReducedSearch } from '../../checker/search/reduced/reduced-search.js'
import type { Kind } from './reduced.js'

/** A search that chooses like this. */
function choosing(
  make: new (...args: ConstructorParameters<typeof Choice>) => Choice<unknown>,
): Kind {
  return class extends ReducedSearch<unknown> {
    protected override newChoice(...args: ConstructorParameters<typeof Choice>): Choice<unknown> {
      return new make(...args)
    }
  } as unknown as Kind
}

/** A search that follows what the others can do like this. */
function following(
  make: new (processes: Processes<unknown>, group: Group, state: Int32Array) => Others<unknown>,
): Kind {
  return choosing(
    class extends Choice<unknown> {
      protected override othersThan(group: Group, state: Int32Array): Others<unknown> {
        return new make(this.processes, group, state)
      }
    },
  )
}

/** What the steps and the others have in common, but for variables with such a path. */
function without(path: RegExp): Kind {
  return choosing(
    class extends Choice<unknown> {
      protected override othersThan(group: Group, state: Int32Array): Others<unknown> {
        const { footprints } = this.processes
        const kept = (set: ElementSet) => {
          const rest = new ElementSet(footprints.size)
          set.some(set, (element) => {
            if (!path.test(footprints.variable(element).leaf.path)) rest.add(element)
            return false
          })
          return rest
        }
        const mine = { ...group, reads: kept(group.reads), writes: kept(group.writes) }
        return super.othersThan(mine, state)
      }
    },
  )
}

export const broken: Readonly<Record<string, Kind>> = {
  'only what the others do next counts': following(
    class extends Others<unknown> {
      protected override goes(): void {}
    },
  ),
  'who waits, waits for ever': following(
    class extends Others<unknown> {
      protected override possible(): undefined {}
    },
  ),
  'contents and entries are left out': without(/value|pte|tlb|v\d/),
  'two steps may read what each other writes': following(
    class extends Others<unknown> {
      protected override isChanged(): boolean {
        return false
      }
      protected override concerns({ writes }: Group, outcome: Outcome): boolean {
        return outcome.writes.meets(writes)
      }
      protected override isSteady(): boolean {
        return true
      }
    },
  ),
  'who looks at what the group changes is not tried out': following(
    class extends Others<unknown> {
      protected override guess(): void {}
    },
  ),
  'what waits in the group cannot be woken': choosing(
    class extends Choice<unknown> {
      protected override othersThan(group: Group, state: Int32Array): Others<unknown> {
        return super.othersThan({ ...group, tried: group.steps }, state)
      }
    },
  ),
  'properties are asked about no other state': choosing(
    class extends Choice<unknown> {
      protected override isSeen(group: Group, _: Others<unknown>, state: Int32Array): boolean {
        return super.isSeen(group, new Others(this.processes, group, state), state)
      }
    },
  ),
  'no step is seen by a property': choosing(
    class extends Choice<unknown> {
      protected override isSeen(): boolean {
        return false
      }
    },
  ),
  'going round and round counts as going on': class extends ReducedSearch<unknown> {
    protected override leadsBack(): boolean {
      return false
    }
  } as unknown as Kind,
  'what is learnt late changes nothing': class extends ReducedSearch<unknown> {
    protected override isSettled(): boolean {
      return true
    }
  } as unknown as Kind,
}
