/** Facts that follow from the labels of a schedule alone. */

import { actorOf } from '../checker/model.js'

/** How often the actor changes between consecutive steps of a schedule. */
export function switchesOf(schedule: readonly string[]): number {
  const actors = schedule.map(actorOf)
  return actors.filter((actor, i) => i > 0 && actor !== actors[i - 1]).length
}

/** A schedule in which rules go by other names. @param names new names by old ones. */
export function renamedSteps(
  schedule: readonly string[],
  names: ReadonlyMap<string, string>,
): string[] {
  return schedule.map((label) => {
    const [, before, rule, call] = /^(.*?)(\w+)(\(.*\))?$/.exec(label) ?? []
    const name = names.get(rule)
    return name === undefined ? label : `${before}${name}${call ?? ''}`
  })
}
