/** The abstract models as graphs of views: what a step leads to, and the distance of two. */
import { type CompiledModel, compile } from '../checker/rules/compile.js'
import { AccessError } from '../checker/state/layout.js'
import type { State } from '../model/state.js'
import { abstractModel, environmentOf, type Question } from './models.js'
import type { Position } from './positions.js'
import { View } from './view.js'

/** The abstract model of one position, as a graph of views. */
export class Spotlight {
  readonly compiled: CompiledModel<State>
  private readonly view: View
  private readonly numbers = new Map<string, number>()
  private readonly states: Int32Array[] = []
  private readonly after: (readonly number[] | undefined)[] = []
  private readonly chooses: ReadonlySet<number>
  readonly staged

  constructor(question: Question, position: Position, asksAll?: boolean) {
    this.staged = abstractModel(question, position, asksAll)
    this.compiled = compile(this.staged.model)
    this.view = new View(this.staged, this.staged, environmentOf(question.system))
    const { actions } = this.compiled
    this.chooses = new Set(actions.flatMap(({ rule }, i) => (rule.name === 'chooses' ? [i] : [])))
  }

  /** The number of a view. */
  numberOf(words: Int32Array): number {
    const key = String.fromCharCode(
      ...new Uint16Array(words.buffer, words.byteOffset, 2 * words.length),
    )
    const known = this.numbers.get(key)
    if (known !== undefined) return known
    const number = this.states.length
    this.numbers.set(key, number)
    this.states.push(words)
    return number
  }

  /** Has a view this property, by its place among those of the model? */
  holds(property: number, number: number): boolean {
    return this.compiled.holds[property](this.states[number], 0)
  }

  /** Views that one step leads to; which operation comes next is open in a view. */
  successors(number: number): readonly number[] {
    const known = this.after[number]
    if (known) return known
    const found = new Set<number>()
    const { compiled, view } = this
    const { words } = compiled.model.layout
    const waiting = [this.states[number]]
    const met = new Set<string>()
    for (let state = waiting.pop(); state; state = waiting.pop()) {
      const count = this.expand(state)
      for (let i = 0; i < count; i++) {
        const next = compiled.successors.slice(i * words, (i + 1) * words)
        if (this.chooses.has(compiled.taken[i])) {
          if (met.has(next.join())) continue
          met.add(next.join())
          waiting.push(next)
        } else found.add(this.numberOf(view.of(next)))
      }
    }
    const list = [...found]
    this.after[number] = list
    return list
  }

  /** Where a rule fails, the view is one that no state of the abstract model has. */
  private expand(state: Int32Array): number {
    try {
      return this.compiled.expand(state, 0)
    } catch (error) {
      if (error instanceof AccessError) return 0
      throw error
    }
  }

  /** The length of a shortest path between two views, at most `most`; or null. */
  distance(from: number, to: number, most: number): number | null {
    if (from === to) return 0
    let level = [from]
    const met = new Set(level)
    for (let steps = 1; steps <= most; steps++) {
      const next: number[] = []
      for (const one of level)
        for (const other of this.successors(one)) {
          if (other === to) return steps
          if (met.has(other)) continue
          met.add(other)
          next.push(other)
        }
      level = next
    }
    return null
  }

  /** The variables in which two views differ. */
  difference(from: number, to: number): string {
    const { layout } = this.compiled.model
    const [x, y] = [from, to].map((number) => layout.decode(this.states[number]))
    return differences(x, y).slice(0, 8).join('; ')
  }
}

/** Those of a question, each made when it is first asked for. */
export class Spotlights {
  private readonly known = new Map<Position, Spotlight>()

  /** @param asksAll see abstractModel. */
  constructor(
    private readonly question: Question,
    private readonly asksAll?: boolean,
  ) {}

  at(position: Position): Spotlight {
    const spotlight =
      this.known.get(position) ?? new Spotlight(this.question, position, this.asksAll)
    this.known.set(position, spotlight)
    return spotlight
  }
}

/** Where two plain values differ, one line each. */
function differences(x: unknown, y: unknown, path = ''): string[] {
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null)
    return x === y ? [] : [`${path} ${String(x)} -> ${String(y)}`]
  return Object.keys(x).flatMap((key) =>
    differences(
      (x as Record<string, unknown>)[key],
      (y as Record<string, unknown>)[key],
      path === '' ? key : `${path}.${key}`,
    ),
  )
}
