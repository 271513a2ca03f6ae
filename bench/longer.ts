/** `bgsave` with more random writes: states as long as the standard ones, only more of them. */
import { parseScenario, type Scenario } from '../model/index.js'

/** @param writes 8 give a million states, 10 give 1.7 million. */
export function longerSave(writes: number): Scenario {
  return parseScenario({
    format: 1,
    name: `bgsave-${writes}-writes`,
    pages: 4,
    vmas: [{ from: 0, to: 4 }],
    parent: [[{ do: 'fork' }, ...Array(writes).fill({ do: 'write', page: 'any' })]],
    child: [0, 1, 2, 3].map((page) => ({ do: 'read', page })),
  })
}
