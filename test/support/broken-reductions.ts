/** Reductions that are wrong, each in one way. What tests of reductions are worth, these show. */
import type { Behaviour } from '../../checker/reduce/behaviours.js'
import { Choice, type Moves } from '../../checker/reduce/choice.js'
import { ElementSet } from '../../checker/reduce/element-set.js'
import { ReducedSearch } from '../../checker/reduce/reduced-search.js'
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

/** What the steps and the others have in common, but for variables with such a path. */
function without(path: RegExp): Kind {
  return choosing(
    class extends Choice<unknown> {
      protected override concern(moves: Moves, writes: ElementSet, reads: ElementSet): boolean {
        const { footprints } = this.behaviours
        const kept = (set: ElementSet) => {
          const rest = new ElementSet(footprints.size)
          set.some(set, (element) => {
            if (!path.test(footprints.variable(element).leaf.path)) rest.add(element)
            return false
          })
          return rest
        }
        const mine = { ...moves, reads: kept(moves.reads), writes: kept(moves.writes) }
        return super.concern(mine, writes, reads)
      }
    },
  )
}

export const broken: Readonly<Record<string, Kind>> = {
  'only what the others do next counts': choosing(
    class extends Choice<unknown> {
      protected override after(_: Behaviour): Iterable<number> {
        return []
      }
    },
  ),
  'who waits, waits for ever': choosing(
    class extends Choice<unknown> {
      protected override mayEnd(): boolean {
        return false
      }
    },
  ),
  'contents and entries are left out': without(/value|pte|tlb|v\d/),
  'two steps may read what each other writes': choosing(
    class extends Choice<unknown> {
      protected override concern(moves: Moves, writes: ElementSet): boolean {
        return writes.meets(moves.writes)
      }
    },
  ),
  'no step is seen by a property': choosing(
    class extends Choice<unknown> {
      protected override isVisible(): boolean {
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
