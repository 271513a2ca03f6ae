/** Writes down what makes a complete search checkable without it; see checker/certificate. */
import { type Claim, NO_RANK } from '../certificate/certificate.js'
import { Packing } from '../certificate/packing.js'
import { BUILT_IN_PROPERTIES, type Property } from '../model.js'
import { components } from './components.js'
import type { StateGraph } from './graph.js'

/** A claim with its list: one line for each state. */
export interface Certificate extends Claim {
  readonly lines: readonly string[]
}

/**
 * The certificate of a model in which some properties hold.
 * @param graph all its states.
 * @param identity the model's `fingerprint`.
 * @param names the properties that were looked at; default: all.
 */
export function certify<S>(
  graph: StateGraph<S>,
  identity: string,
  names?: readonly string[],
): Certificate {
  const { model } = graph
  const properties = model.properties.filter(({ name }) => names?.includes(name) ?? true)
  const live = properties.filter(({ kind }) => kind === 'eventually')
  const ranks = live.map((property) => ranksOf(graph, property))
  const builtIn = BUILT_IN_PROPERTIES.filter(({ name }) => names?.includes(name) ?? true)
  const lines = listOf(graph, ranks)
  return {
    identity,
    properties: [...properties, ...builtIn].map(({ name }) => name),
    ranked: live.map(({ name }) => name),
    witnesses: Object.fromEntries(properties.flatMap((property) => witnessOf(graph, property))),
    states: lines.length,
    lines,
  }
}

/** The states as lines, in order, with their ranks. */
function listOf<S>(graph: StateGraph<S>, ranks: readonly Int32Array[]): string[] {
  const packing = new Packing<S>(graph.model.layout.root)
  return Array.from({ length: graph.size }, (_, id) => {
    packing.set(graph.state(id))
    const own = ranks.map((of) => (of[id] < 0 ? NO_RANK : of[id]))
    return [packing.pack(), ...own].join(' ')
  }).sort()
}

/**
 * For each state in which a promise is open the number of its component: it falls with every step
 * to another one. A component without a fair run has a fair group that leads out of it: the group
 * is enabled in all states of the component, and none of its steps stays inside.
 */
function ranksOf<S>(graph: StateGraph<S>, { from, holds }: Property<S>): Int32Array {
  const isKept = graph.select(holds)
  const open = from ? graph.select(from) : new Uint8Array(graph.size).fill(1)
  const waiting: number[] = []
  for (let id = 0; id < graph.size; id++) {
    if (isKept[id] === 1) open[id] = 0
    if (open[id] === 1) waiting.push(id)
  }
  for (const id of waiting)
    for (let edge = graph.offsets[id]; edge < graph.offsets[id + 1]; edge++) {
      const target = graph.targets[edge]
      if (isKept[target] === 1 || open[target] === 1) continue
      open[target] = 1
      waiting.push(target)
    }
  return components(graph, open).of
}

/** The shortest way to a state that must be reached. */
function witnessOf<S>(
  graph: StateGraph<S>,
  { name, kind, required, holds, from }: Property<S>,
): [string, readonly string[]][] {
  if (kind === 'always' || !(required ?? kind === 'sometimes')) return []
  const id =
    kind === 'sometimes' || from
      ? graph.select(kind === 'sometimes' ? holds : (from as typeof holds)).indexOf(1)
      : 0
  return id < 0 ? [] : [[name, graph.traceOf(graph.pathTo(id)).schedule]]
}
