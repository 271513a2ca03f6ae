/** What a search has found out about the properties of a model, and what that makes of it. */
import {
  BUILT_IN_PROPERTIES,
  type Counterexample,
  type Model,
  type Property,
  type PropertyResult,
  type Trace,
  type Verdict,
  type Witness,
} from '../model.js'

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
  /** What became of `eventually` properties that are not violated. */
  private readonly settled = new Map<string, 'holds' | 'unreached'>()

  /** @throws Error on an unknown property name. */
  constructor(
    private readonly model: Model<S>,
    private readonly options: FindingOptions,
  ) {
    const known = [...model.properties, ...BUILT_IN_PROPERTIES].map((p) => p.name)
    for (const name of [...(options.properties ?? []), ...(options.witnesses ?? [])])
      if (!known.includes(name))
        throw new Error(`unknown property ${name}: known are ${known.join(', ')}`)
  }

  /** What has been found so far. */
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

  /** Is the property to be checked? */
  selects(name: string): boolean {
    return this.options.properties?.includes(name) ?? true
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

  /** The last state of the trace violates the property, or those of its loop do. */
  violateBy({ name, explain, says }: Property<S>, trace: Trace<S>): void {
    const state = trace.states[trace.states.length - 1]
    this.violate(name, explain?.(state) ?? `not so: ${says}`, trace)
  }

  /** A `sometimes` property holds in a state; `traceTo` says how to get there. */
  reach({ name }: Property<S>, traceTo: () => Trace<S>): void {
    this.reached.add(name)
    if (this.options.witnesses?.includes(name))
      this.witnesses.push({ property: name, trace: traceTo() })
  }

  /** An `eventually` property is not violated. */
  settle({ name }: Property<S>, verdict: 'holds' | 'unreached'): void {
    this.settled.set(name, verdict)
  }

  /** @param sawAll whether every reachable state was seen. */
  results(sawAll: boolean): PropertyResult[] {
    return [...this.model.properties, ...BUILT_IN_PROPERTIES].map(({ name, kind }) => {
      const found = this.counterexamples.find((c) => c.property === name)
      if (found) return { name, kind, verdict: 'violated', explanation: found.explanation }
      return {
        name,
        kind,
        verdict: this.selects(name) ? this.verdictOn(name, kind, sawAll) : 'unchecked',
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

  /** What the results come to. */
  verdict(results: readonly PropertyResult[], sawAll: boolean): Verdict {
    const isFailure = ({ name, kind, verdict }: PropertyResult) => {
      const { required } = this.model.properties.find((p) => p.name === name) ?? {}
      return (
        verdict === 'violated' || (verdict === 'unreached' && (required ?? kind === 'sometimes'))
      )
    }
    if (results.some(isFailure)) return 'violated'
    return sawAll ? 'holds' : 'incomplete'
  }
}
