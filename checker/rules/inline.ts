/**
 * Short printed functions put where they are called, with the words of the state in local
 * variables: that spares calls, and reading the same word for each of a hundred guards. A compiler
 * of JavaScript does as much by itself only in programs far smaller than these.
 */

/** A call of a printed function on the state at `a[o]`. */
const CALL = /\b(f\d+)\(a, o\)/g
/** A word of that state whose place is known. */
const WORD = /\ba\[o \+ (\d+)\]/g

/** So many are copied one by one. */
const FEW_WORDS = 4

export class Inliner {
  /** Expressions over words, for the functions that are no more than that. */
  private readonly expressions = new Map<string, string>()
  /** Assignments to words likewise. */
  private readonly assignments = new Map<string, string>()

  /**
   * @param functions texts of printed functions by their names.
   * @param words how many there are in a state.
   */
  constructor(
    functions: ReadonlyMap<string, string>,
    private readonly words: number,
  ) {
    for (const [name, text] of functions) {
      const body = text.match(/^function \w+\(a, o\) \{\n([\s\S]*)\n\}$/)?.[1]
      if (body === undefined) continue
      const expression = body.match(/^return (.*);$/)?.[1]
      if (expression !== undefined && onWordsOnly(expression))
        this.expressions.set(name, expression)
      else if (/^(a\[o \+ \d+\] = .*;(\n|$))+$/.test(body) && onWordsOnly(body))
        this.assignments.set(name, body)
    }
  }

  /** A condition on the state whose words are `s0`, `s1` ..., and which is at `a[o]` too. */
  condition(code: string): string {
    const put = code.replace(CALL, (call, name: string) => this.expressions.get(name) ?? call)
    return put.replace(WORD, 's$1')
  }

  /** Writes the successor of that state to `b[p]` by the effect of this name. */
  successor(effect: string): string {
    const body = this.assignments.get(effect)
    if (body === undefined) return `${this.copy(new Set())}; ${effect}(b, p)`
    const written = new Set([...body.matchAll(/^a\[o \+ (\d+)\]/gm)].map(([, word]) => word))
    const first = [...written].map((word) => `w${word} = s${word}`)
    const steps = body.replace(WORD, (_, word) => `${written.has(word) ? 'w' : 's'}${word}`)
    const last = [...written].map((word) => `b[p + ${word}] = w${word}`)
    return [`let ${first.join(', ')}`, steps, this.copy(written), ...last].join('; ')
  }

  /** Copies the state but for some words, or all of it where that is shorter. */
  private copy(without: ReadonlySet<string>): string {
    if (this.words > FEW_WORDS) return 'copy(a, o, b, p)'
    const words = Array.from({ length: this.words }, (_, i) => String(i))
    const others = words.filter((word) => !without.has(word))
    return others.map((word) => `b[p + ${word}] = s${word}`).join('; ')
  }
}

/** The numbers of the words that inlined code reads. */
export function wordsIn(code: string): number[] {
  const all = new Set([...code.matchAll(/\bs(\d+)\b/g)].map(([, word]) => Number(word)))
  return [...all].sort((x, y) => x - y)
}

function onWordsOnly(code: string): boolean {
  return !/\b[ao]\b/.test(code.replace(WORD, ''))
}
