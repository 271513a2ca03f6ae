/** Where an explorer begins: where its link says, or else where the command line does. */
import type { Linked } from '../../core/link.js'
import { parseLink } from '../../core/link.js'
import { scenarios, systems } from '../../model/index.js'

/** @param given the part of a link behind `#`, as JSON, from who served the page. */
export function startOf(given: string | undefined | null): {
  linked: Linked
  problem: string | null
} {
  const first = { system: systems[systems.length - 1], scenario: scenarios[0] }
  const nothing: Linked = { setup: first, schedule: [], position: 0 }
  const link = location.hash.length > 1 ? location.hash.slice(1) : JSON.parse(given ?? 'null')
  if (typeof link !== 'string') return { linked: nothing, problem: null }
  try {
    return { linked: parseLink(link), problem: null }
  } catch (error) {
    return { linked: nothing, problem: (error as Error).message }
  }
}
