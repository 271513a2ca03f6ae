/** Is a trace one that the model can make? All states that fit what was seen so far are followed. */
import { type Action, actionsOf, isEnabled, type Model } from '../../checker/model.js'
import { machine } from '../../model/machine.js'
import type { State } from '../../model/state.js'
import type { System } from '../../model/systems/system.js'
import { copyOf, keyOf } from '../conform/plain-state.js'
import { type Sequence, scenarioOf } from '../conform/sequence.js'
import { CHANGE_ENDS, SHOWS, takesPermission } from '../letters.js'
import type { Letter } from './parse.js'

export interface TraceVerdict {
  readonly verdict: 'accepted' | 'rejected'
  readonly letters: number
  /** States that fitted, summed over the letters. */
  readonly states: number
  /** The number of the letter that no state fits, from 0; what the model could have shown. */
  readonly at?: number
  readonly did?: string
  readonly could?: readonly string[]
}

/** A state, and what its threads have begun to show: letters still to come. */
interface Node {
  readonly state: State
  readonly pending: readonly (readonly string[])[]
  /** An entry has lost its write permission and a flush is to follow. */
  readonly owes: readonly boolean[]
}

/** Most states that are followed at once; the traces here need some hundreds. */
const MAX_STATES = 50_000

/** Follows a trace. @throws Error when too many states fit. */
export function validate(
  sequence: Sequence,
  system: System,
  letters: readonly Letter[],
): TraceVerdict {
  return new Validator(sequence, system).run(letters)
}

class Validator {
  private readonly model: Model<State>
  private readonly actions: readonly Action<State>[]

  constructor(sequence: Sequence, system: System) {
    this.model = { ...machine(scenarioOf(sequence), system), properties: [] }
    this.actions = actionsOf(this.model)
  }

  run(letters: readonly Letter[]): TraceVerdict {
    const [state] = this.model.init
    const none = state.thread.map(() => [])
    let nodes = this.closure([{ state, pending: none, owes: state.thread.map(() => false) }])
    let states = nodes.size
    for (const [at, letter] of letters.entries()) {
      const next = [...nodes.values()].flatMap((node) => this.after(node, letter))
      if (next.length === 0) {
        const did = `${letter.who} ${letter.text}`
        return {
          verdict: 'rejected',
          letters: letters.length,
          states,
          at,
          did,
          could: this.could(nodes),
        }
      }
      nodes = this.closure(next)
      states += nodes.size
    }
    return { verdict: 'accepted', letters: letters.length, states }
  }

  private threadOf(state: State, who: Letter['who']): number {
    return state.actor.findIndex((a) => (who === 'kernel' ? a.mm < 0 : a.name === who))
  }

  /** All nodes that can be reached by steps that show nothing. */
  private closure(begin: readonly Node[]): Map<string, Node> {
    const nodes = new Map(begin.map((node) => [keyOfNode(node), node]))
    const todo = [...nodes.values()]
    for (let node = todo.pop(); node; node = todo.pop())
      for (const next of this.steps(node, (shown) => shown.length === 0)) {
        const key = keyOfNode(next)
        if (nodes.has(key)) continue
        nodes.set(key, next)
        todo.push(next)
        if (nodes.size > MAX_STATES) throw new Error(`more than ${MAX_STATES} states fit the trace`)
      }
    return nodes
  }

  /** Where a letter leads. */
  private after(node: Node, { who, text }: Letter): Node[] {
    const t = this.threadOf(node.state, who)
    if (t < 0) return []
    const [first, ...rest] = node.pending[t]
    if (first !== undefined) return first === text ? [withPending(node, t, rest)] : []
    return this.steps(node, (shown) => shown[0] === text, t).map((next) =>
      withPending(next, t, next.pending[t].slice(1)),
    )
  }

  /** Steps whose letters are as wanted; those of one thread if given. */
  private steps(node: Node, wanted: (shown: readonly string[]) => boolean, only?: number): Node[] {
    const found: Node[] = []
    for (const action of this.actions) {
      const [t] = action.parameters
      const { rule } = action
      if (rule.at !== undefined) {
        if (only !== undefined && t !== only) continue
        if (node.state.thread[t].pc !== rule.at || node.pending[t].length > 0) continue
      } else if (only !== undefined) continue
      if (!isEnabled(this.model, action, node.state)) continue
      const after = copyOf(node.state)
      rule.effect(after, ...action.parameters)
      const shows = rule.at === undefined ? null : SHOWS[rule.name]
      for (const shown of shows?.(node.state, after, t, node.owes[t]) ?? [[]]) {
        if (!wanted(shown)) continue
        const takes = takesPermission(rule.name, node.state, after, t)
        const owes = node.owes.map((o, i) =>
          i !== t ? o : CHANGE_ENDS.has(rule.name) ? false : o || takes,
        )
        found.push(withPending({ ...node, state: after, owes }, t, shown))
      }
    }
    return found
  }

  private could(nodes: ReadonlyMap<string, Node>): string[] {
    const could = new Set<string>()
    for (const node of nodes.values()) {
      for (const [t, [first]] of node.pending.entries())
        if (first !== undefined) could.add(`${node.state.actor[t].name} ${first}`)
      for (const next of this.steps(node, (shown) => shown.length > 0))
        for (const [t, [first]] of next.pending.entries())
          if (first !== undefined && node.pending[t].length === 0)
            could.add(`${node.state.actor[t].name} ${first}`)
    }
    return [...could].sort()
  }
}

const withPending = (node: Node, t: number, letters: readonly string[]): Node => ({
  ...node,
  pending: node.pending.map((old, i) => (i === t ? letters : old)),
})

const keyOfNode = ({ state, pending, owes }: Node) =>
  `${keyOf(state)}${JSON.stringify([pending, owes])}`
