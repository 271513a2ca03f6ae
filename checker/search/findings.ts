/** Findings of a search about the properties of a model, and the verdict that follows. */
import {
  BUILT_IN_PROPERTIES,
  type Counterexample,
  type Property,
  type PropertyResult,
  type Trace,
  type Verdict,
  type Witness,
} from '../model.js'
import { type Judge, knownNames } from './judge.js'

export interface FindingOptions {
  /** Check these properties only (names, built-in ones included). Default: all. */
  readonly properties?: readonly string[]
  /** After a violation go on and collect the shortest counterexample of every property. */
  readonly continue?: boolean
  /** Keep the shortest way to these `sometimes` properties. */
  readonly witnesses?: readonly string[]
}

/** Findings as data. */
export interface SavedFindings<S> {
  readonly counterexamples: readonly Counterexample<S>[]
  readonly witnesses: readonly Witness<S>[]
  readonly reached: readonly string[]
}

export class Findings<S> {
  readonly counterexamples: Counterexample<S>[] = []
  readonly witnesses: Witness<S>[] = []
  private readonly reached = new Set<string>()
  /** Verdicts on `eventually` properties that are not violated. */
  private readonly settled = new Map<string, 'holds' | 'unreached'>()

  /** @throws Error on an unknown property name. */
  constructor(
    readonly judge: Judge<S>,
    private readonly options: FindingOptions,
  ) {
    knownNames(judge.model, options.witnesses ?? [])
  }

  /** The findings so far. */
  save(): SavedFindings<S> {
    const { counterexamples, witnesses, reached } = this
    return { counterexamples, witnesses, reached: [...reached] }
  }

  /** Takes over what another one had found. */
  restore({ counterexamples, witnesses, reached }: SavedFindings<S>): void {
    this.counterexamples.push(...counterexamples)
    this.witnesses.push(...witnesses)
    for (const name of reached) this.reached.add(name)
  }

  wasViolated(property: string): boolean {
    return this.counterexamples.some((c) => c.property === property)
  }

  /** A violation was found, and one is enough. */
  get isEnough(): boolean {
    return this.counterexamples.length > 0 && !this.options.continue
  }

  violate(property: string, explanation: string, trace: Trace<S>): void {
    if (!this.wasViolated(property)) this.counterexamples.push({ property, explanation, trace })
  }

  /** The property is violated in the last state of the trace, or in all states of its loop. */
  violateBy(property: Property<S>, trace: Trace<S>): void {
    const state = trace.states[trace.states.length - 1]
    this.violate(property.name, this.judge.explain(property, state), trace)
  }

  /** Is the shortest way to this property to be shown? */
  wantsWitness({ name }: Property<S>): boolean {
    return this.options.witnesses?.includes(name) ?? false
  }

  /** A `sometimes` property holds in some state. */
  reach({ name }: Property<S>): void {
    this.reached.add(name)
  }

  /** The trace leads to a state in which a `sometimes` property holds. */
  witness({ name }: Property<S>, trace: Trace<S>): void {
    this.witnesses.push({ property: name, trace })
  }

  /** An `eventually` property is not violated. */
  settle({ name }: Property<S>, verdict: 'holds' | 'unreached'): void {
    this.settled.set(name, verdict)
  }

  /** @param sawAll whether every reachable state was seen. */
  results(sawAll: boolean): PropertyResult[] {
    return [...this.judge.model.properties, ...BUILT_IN_PROPERTIES].map(({ name, kind }) => {
      const found = this.counterexamples.find((c) => c.property === name)
      if (found) return { name, kind, verdict: 'violated', explanation: found.explanation }
      return {
        name,
        kind,
        verdict: this.judge.selects(name) ? this.verdictOn(name, kind, sawAll) : 'unchecked',
      }
    })
  }

  private verdictOn(
    name: string,
    kind: PropertyResult['kind'],
    sawAll: boolean,
  ): PropertyResult['verdict'] {
    if (kind === 'sometimes' && this.reached.has(name)) return 'holds'
    if (!sawAll) return 'unchecked'
    if (kind === 'eventually') return this.settled.get(name) ?? 'unchecked'
    return kind === 'always' ? 'holds' : 'unreached'
  }

  /** The verdict that follows from the results. */
  verdict(results: readonly PropertyResult[], sawAll: boolean): Verdict {
    const isFailure = ({ name, kind, verdict }: PropertyResult) => {
      const { required } = this.judge.model.properties.find((p) => p.name === name) ?? {}
      return (
        verdict === 'violated' || (verdict === 'unreached' && (required ?? kind === 'sometimes'))
      )
    }
    if (results.some(isFailure)) return 'violated'
    return sawAll ? 'holds' : 'incomplete'
  }
}
