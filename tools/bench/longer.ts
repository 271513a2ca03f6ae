/** `bgsave` with more random writes: states as long as the standard ones, only more of them. */
import { parseScenario, type Scenario } from '../../model/index.js'

/**
 * @param writes up to 23; 8 give a million states, 12 five million.
 * @param pages how many there are, 2 to a table.
 */
export function longerSave(writes: number, pages = 4): Scenario {
  return parseScenario({
    format: 1,
    name: `bgsave-${writes}-writes`,
    pages,
    vmas: [{ from: 0, to: pages }],
    parent: [[{ do: 'fork' }, ...Array(writes).fill({ do: 'write', page: 'any' })]],
    child: Array.from({ length: pages }, (_, page) => ({ do: 'read', page })),
  })
}
