/**
 * What has been seen of one question (may this step be taken, and what does it do? does this
 * conjunct hold?): a tree of what was read first, by its value what was read next, and so on to the
 * answer. A question is a function of the state, so whoever has read the same goes on the same way.
 */
import { ModelError } from '../../model.js'

/** What is read next, and what follows by its value. */
interface Branch<A> {
  readonly element: number
  /** By the value as it is stored; where there is none, that value was never met here. */
  readonly ways: (Way<A> | undefined)[]
}

interface End<A> {
  readonly element: null
  readonly answer: A
}

export type Way<A> = Branch<A> | End<A>

/** One evaluation: the elements that were read, in order, with their values, and the answer. */
export interface Evaluation<A> {
  readonly elements: readonly number[]
  readonly values: readonly number[]
  readonly answer: () => A
}

export class Evaluations<A> {
  root: Way<A> | undefined

  constructor(private readonly question: string) {}

  /** The answer where elements have such values, if it is known. */
  known(value: (element: number) => number): A | undefined {
    let way = this.root
    while (way !== undefined && way.element !== null) way = way.ways[value(way.element)]
    return way?.answer
  }

  /** Keeps an evaluation. @returns whether it is news. */
  keep({ elements, values, answer }: Evaluation<A>): boolean {
    let isNew = false
    const at = (i: number, known: Way<A> | undefined): Way<A> => {
      const element = i < elements.length ? elements[i] : null
      if (known === undefined) {
        isNew = true
        return element === null ? { element, answer: answer() } : { element, ways: [] }
      }
      if (known.element !== element)
        throw new ModelError(`${this.question}: not a function of the state`)
      return known
    }
    let way = at(0, this.root)
    this.root = way
    for (let i = 0; way.element !== null; i++) {
      const next: Way<A> = at(i + 1, way.ways[values[i]])
      way.ways[values[i]] = next
      way = next
    }
    return isNew
  }
}
