/**
 * Exhaustive breadth-first search: every reachable state once, in the order of its distance, so
 * that the first violation of a property that is met is the one with the fewest steps.
 *
 * States are numbered as they are found and expanded in that order: the numbers are the queue. Once
 * they are many, and nobody asked for the graph, they are only told apart (many/), on as many
 * threads as there are; if there turns out to be something to tell, the search is made once more.
 * The search has no clock of its own; whoever drives it (`advance`) may stop it between slices.
 */

import { refuteAll } from '../graph/eventually.js'
import { EdgeList, StateGraph } from '../graph/graph.js'
import { type CheckResult, type Model, NO_RULE_ERROR } from '../model.js'
import { type CompiledModel, compile } from '../rules/compile.js'
import type { CompileOptions } from '../rules/instances.js'
import { Digest } from '../state/digest.js'
import type { Layout } from '../state/layout.js'
import { FEW_STATES, type StateStore } from '../visited/store.js'
import type { SavedSearch } from './checkpoint.js'
import { Tally } from './counters.js'
import { type FindingOptions, Findings } from './findings.js'
import { ManySearch, NUMBERS_ARE_GONE, type SavedMany } from './parallel/parallel-search.js'
import type { Team } from './parallel/workers.js'
import { FewSearch, type Notes } from './traced-search.js'

export interface SearchOptions extends CompileOptions, FindingOptions {
  /** Stop, incomplete, once this many distinct states are known. */
  readonly maxStates?: number
  /** Stop, incomplete, before states and steps take more bytes than this. */
  readonly maxBytes?: number
  /** Do not expand states at this distance from the initial ones; incomplete if there are any. */
  readonly maxDepth?: number
  /** Keep all steps, for `Search.graph`. They are kept anyway where `eventually` needs them. */
  readonly graph?: boolean
  /** Compute `CheckResult.digest`. */
  readonly digest?: boolean
  /**
   * Threads that help once states are many. What is found is the same without them. They do not
   * help with the state graph, with rules that run interpreted and up to `maxStates`.
   */
  readonly team?: Team
  /** From so many states on they have no numbers, where none are needed. Default: `FEW_STATES`. */
  readonly few?: number
}

/** All options there are, by name. */
const OPTIONS: Readonly<Record<keyof SearchOptions, true>> = {
  properties: true,
  continue: true,
  witnesses: true,
  maxStates: true,
  maxBytes: true,
  maxDepth: true,
  graph: true,
  digest: true,
  team: true,
  few: true,
  execution: true,
  keepDead: true,
}

/** @throws Error on an option that does not exist: it would be ignored without a word. */
function refuseUnknown(options: SearchOptions): void {
  const known = Object.keys(OPTIONS)
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw new Error(`unknown option ${name}: known are ${known.join(', ')}`)
}

/** Checks a model in one go. @throws Error on a malformed model, an unknown property or option. */
export function check<S>(model: Model<S>, options: SearchOptions = {}): CheckResult<S> {
  const search = new Search(model, options)
  while (!search.advance(100_000));
  return search.result()
}

/**
 * The whole state graph of a model, past all violations.
 * @throws Error when a limit, or a rule that fails, leaves a part of it unseen.
 */
export function stateGraph<S>(
  model: Model<S>,
  options: Omit<SearchOptions, keyof FindingOptions | 'graph' | 'digest'> = {},
): StateGraph<S> {
  const search = new Search(model, { ...options, properties: [], graph: true, continue: true })
  while (!search.advance(100_000));
  const graph = search.graph()
  if (graph) return graph
  const { limit, counterexamples } = search.result()
  const failed = counterexamples.find(({ property }) => property === NO_RULE_ERROR)
  throw new Error(`the graph of ${model.name} is not whole: ${failed?.explanation ?? limit}`)
}

/** The limit of a search that may go on where there is more memory. */
export const NO_MORE_ROOM = '--max-memory'

/** A breadth-first search that can be driven in slices. */
export class Search<S> {
  readonly model: Model<S>
  private readonly compiled: CompiledModel<S>
  private readonly options: SearchOptions
  private readonly keepsGraph: boolean
  /** Must states be known by their numbers, however many there are? */
  private keepsNumbers: boolean
  private notes!: Notes<S>
  /** What goes over the states while they have numbers; and what does later, if they are many. */
  private few!: FewSearch<S>
  private many: ManySearch<S> | null = null
  private limit: string | null = null
  private finished = false
  private exhausted = false

  /** @param saved for `resume`. */
  constructor(model: Model<S>, options: SearchOptions = {}, saved?: SavedSearch<S>) {
    refuseUnknown(options)
    this.model = model
    this.options = options
    this.compiled = compile(model, options)
    const isLive = model.properties.some(
      (p) => p.kind === 'eventually' && (options.properties?.includes(p.name) ?? true),
    )
    this.keepsGraph = options.graph === true || isLive
    this.keepsNumbers = this.keepsGraph
    if (model.init.length === 0) throw new Error(`model ${model.name} has no initial state`)
    this.reset()
    if (saved) this.restore(saved)
    else this.begin()
  }

  /**
   * Expands up to `count` states.
   * @returns true when the search is over: everything seen, a violation found, or a limit reached.
   */
  advance(count: number): boolean {
    try {
      for (let left = count; left > 0 && !this.finished; ) {
        const { expanded, levelEnd } = this.notes.tally
        if (expanded === levelEnd && !this.startLevel()) break
        left -= this.expand(left)
      }
    } catch (signal) {
      if (signal !== NUMBERS_ARE_GONE) throw signal
      // Something is wrong, and how it comes about is no longer known: once more, with numbers.
      this.keepsNumbers = true
      this.reset()
      this.begin()
    }
    if (this.finished) this.many?.stop()
    return this.finished
  }

  /**
   * All that a search knows between two calls of `advance`, for `resume`. Null once it is over, but
   * for one that found no more room. What is in it is still in use: it must be written down before
   * the search goes on.
   */
  save(): SavedSearch<S> | null {
    if (this.finished && (this.limit !== NO_MORE_ROOM || this.many?.isBroken)) return null
    // First: it counts once more.
    const many = this.many?.save() ?? null
    const { tally, watched, findings, edges } = this.notes
    return {
      keepsNumbers: this.keepsNumbers,
      tally: tally.save(),
      watched: [...watched],
      findings: findings.save(),
      digest: this.digest()?.lanes ?? null,
      edges: edges?.done() ?? null,
      store: many ? null : this.few.store.save(),
      many,
    }
  }

  /**
   * A search that goes on where another one of the same model with the same options was saved. That
   * they are the same is for the caller to make sure of (`identityOf`).
   */
  static resume<S>(model: Model<S>, options: SearchOptions, saved: SavedSearch<S>): Search<S> {
    return new Search(model, options, saved)
  }

  private restore(saved: SavedSearch<S>): void {
    const { tally, watched, findings, edges, digest } = this.notes
    this.keepsNumbers = saved.keepsNumbers
    tally.restore(saved.tally)
    watched.set(saved.watched)
    findings.restore(saved.findings)
    if (saved.edges) edges?.restore(saved.edges)
    if (saved.digest) digest?.addLanes(saved.digest)
    if (saved.store) this.few.store.restore(saved.store)
    if (saved.many) this.many = this.among(saved.many)
  }

  /** Ends the search before it has seen everything; `why` names the limit. */
  stop(why: string): void {
    if (this.finished) return
    this.limit = why
    this.finished = true
    this.many?.stop()
  }

  progress(): { states: number; transitions: number; queue: number; depth: number; bytes: number } {
    const { states, transitions, expanded, levelEnds } = this.notes.tally
    const { bytes } = this.part
    const depth = Math.max(0, levelEnds.length - 1)
    return { states, transitions, queue: states - expanded, depth, bytes }
  }

  /**
   * The state graph, where it was asked for; null before every reachable state has been expanded,
   * and when a rule fails in one.
   */
  graph(): StateGraph<S> | null {
    const { edges, tally } = this.notes
    if (!edges || !this.sawAll) return null
    return new StateGraph(this.compiled, this.few.store, edges.done(), tally.levelEnds)
  }

  /** What is known now; may be asked at any time. */
  result(): CheckResult<S> {
    const { sawAll, compiled } = this
    const { findings, tally } = this.notes
    const { counterexamples, witnesses } = findings
    const properties = findings.results(sawAll)
    const verdict = findings.verdict(properties, sawAll)
    const levels = tally.levels()
    return {
      verdict,
      limit: this.limit ?? (verdict === 'incomplete' ? 'not finished' : null),
      properties,
      counterexamples,
      witnesses,
      states: tally.states,
      transitions: tally.transitions,
      depth: levels.length - 1,
      deadlocks: tally.deadlocks,
      levels,
      fired: tally.firedByRule(this.model, compiled.actions),
      digest: (sawAll && this.digest()?.toString()) || null,
      successors: tally.successors(),
      bytesPerState: this.progress().bytes / tally.states,
      hashLoad: this.part.hashLoad,
      interpreted: compiled.interpreted,
    }
  }

  private get sawAll(): boolean {
    return this.exhausted && !this.notes.findings.wasViolated(NO_RULE_ERROR)
  }

  /** What goes over the states now. */
  private get part(): FewSearch<S> | ManySearch<S> {
    return this.many ?? this.few
  }

  private startLevel(): boolean {
    const { tally, findings } = this.notes
    const { maxDepth = Number.POSITIVE_INFINITY, few = FEW_STATES } = this.options
    if (tally.expanded === tally.states) {
      this.exhausted = true
      this.finished = true
      const graph = this.graph()
      if (graph) refuteAll(graph, this.compiled, findings)
      return false
    }
    if (tally.levelEnds.length >= maxDepth) {
      this.stop(`--max-depth ${maxDepth}`)
      return false
    }
    tally.levelEnds.push(tally.states)
    if (this.many) this.many.startLevel()
    else if (!this.keepsNumbers && tally.states > few) this.forget()
    return true
  }

  /** Expands `most` states of the level, or fewer. @returns how many. */
  private expand(most: number): number {
    const { part, notes } = this
    const { maxStates = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } =
      this.options
    if (notes.tally.states >= maxStates) this.stop(`--max-states ${maxStates}`)
    else if (part.isNearlyFull || part.bytesNext > maxBytes) this.stop(NO_MORE_ROOM)
    else {
      const expanded = part.expand(most)
      this.finished ||= notes.findings.isEnough
      return expanded
    }
    return 0
  }

  /** From here on states are told apart, no more. */
  private forget(): void {
    this.few.store.narrow()
    this.many = this.among(this.few.store)
    this.few = this.newFew()
  }

  private among(known: StateStore | SavedMany): ManySearch<S> {
    const { digest, maxStates, team = null } = this.options
    const limited = maxStates !== undefined
    return new ManySearch(this.compiled, known, this.notes, {
      digest: digest ?? false,
      team: limited ? null : team,
      carefully: limited,
    })
  }

  /** With what was added to it among many states. */
  private digest(): Digest | null {
    const { digest } = this.notes
    if (!digest || !this.many) return digest
    const whole = this.newDigest()
    for (const lanes of [digest.lanes, ...this.many.digests]) whole.addLanes(lanes)
    return whole
  }

  /** Nothing is known. */
  private reset(): void {
    const { model, options, keepsGraph } = this
    const { actions } = this.compiled
    const findings = new Findings(model, options)
    this.notes = {
      tally: new Tally(actions.length),
      findings,
      watched: Uint8Array.from(model.properties, (p) => (findings.selects(p.name) ? 1 : 0)),
      digest: options.digest ? this.newDigest() : null,
      edges: keepsGraph ? new EdgeList(actions.length) : null,
    }
    this.many?.stop()
    this.many = null
    this.few = this.newFew()
  }

  /** Meets the initial states. */
  private begin(): void {
    this.few.begin()
    this.finished = this.notes.findings.isEnough
  }

  private newFew(): FewSearch<S> {
    return new FewSearch(this.compiled, this.notes, this.options.maxStates)
  }

  private newDigest(): Digest {
    const labels = this.compiled.actions.map(({ label }) => label)
    return new Digest(this.model.layout as Layout<never>, labels)
  }
}
