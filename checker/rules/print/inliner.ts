/**
 * Guards and effects printed where they are run, with the words of the state in local variables:
 * `s0`, `s1` ... are the words of the state at `a[o]`.
 */
import { inlined, shortStores } from '../passes/inline.js'
import { type Declaration, type Expression, fixedIndex, type RuleFunction } from '../tree.js'
import { Code, JAVASCRIPT } from './code.js'

/** Up to this many words are copied one by one. */
const FEW_WORDS = 4

export class Inliner {
  private used = new Set<number>()
  private written: ReadonlySet<number> = new Set()
  private readonly javascript: Code

  /**
   * @param positionOf the position of the lowest bit of an element.
   * @param words how many there are in a state.
   */
  constructor(
    private readonly positionOf: (variable: Declaration, index: number) => number,
    private readonly words: number,
  ) {
    this.javascript = new Code(JAVASCRIPT, {
      word: (variable, index) => {
        const word = positionOf(variable, index) >> 5
        return this.written.has(word) ? `w${word}` : this.word(word)
      },
      shift: (variable, index) => String(positionOf(variable, index) & 31),
    })
  }

  /** A word of the state. */
  word(number: number): string {
    this.used.add(number)
    return `s${number}`
  }

  /** The numbers of the words used since this was asked last. */
  takeWords(): readonly number[] {
    const words = [...this.used].sort((x, y) => x - y)
    this.used = new Set()
    return words
  }

  /** A condition on the state. */
  condition(guard: Expression): string {
    return this.javascript.condition(inlined(guard))
  }

  /** Writes the successor of the state by this effect to `b[p]`. */
  successor(effect: RuleFunction): string {
    const stores = shortStores(effect)
    if (!stores) return `${this.copy(new Set())}; ${effect.name}(b, p)`
    const written = new Set(
      stores.map(({ variable, indices }) => {
        const index = fixedIndex(variable, indices) as number
        return this.positionOf(variable, index) >> 5
      }),
    )
    const first = [...written].map((word) => `w${word} = ${this.word(word)}`)
    this.written = written
    const steps = stores.map((store) => this.javascript.statement(store).slice(0, -1))
    this.written = new Set()
    const last = [...written].map((word) => `b[p + ${word}] = w${word}`)
    return [`let ${first.join(', ')}`, ...steps, this.copy(written), ...last].join('; ')
  }

  /** Copies the state without some words, or the whole state where that is shorter. */
  private copy(without: ReadonlySet<number>): string {
    if (this.words > FEW_WORDS) return 'copy(a, o, b, p)'
    const words = Array.from({ length: this.words }, (_, word) => word)
    const others = words.filter((word) => !without.has(word))
    return others.map((word) => `b[p + ${word}] = ${this.word(word)}`).join('; ')
  }
}
