/** Identifiers of TLA+, each given once in its scope. */

/** Words of the language, and of the modules that an export extends. */
const RESERVED = `
  ASSUME ASSUMPTION AXIOM CASE CHOOSE CONSTANT CONSTANTS DOMAIN ELSE ENABLED EXCEPT EXTENDS IF IN
  INSTANCE LET LOCAL MODULE OTHER SF_ SUBSET THEN THEOREM UNCHANGED UNION VARIABLE VARIABLES WF_
  WITH RECURSIVE LAMBDA ASSERT BY HAVE HIDE NEW OBVIOUS OMITTED PICK PROOF PROVE QED STATE TEMPORAL
  ACTION USE WITNESS DEFINE DEFS ONLY SUFFICES TAKE COROLLARY LEMMA PROPOSITION BOOLEAN STRING TRUE
  FALSE Nat Int Real Infinity Seq Len Append Head Tail SubSeq SelectSeq Cardinality IsFiniteSet
  Print PrintT Assert JavaTime TLCGet TLCSet Permutations SortSeq RandomElement Any ToString TLCEval
  TLCExt`
  .trim()
  .split(/\s+/)

export class Names {
  private readonly taken: Set<string>
  /** Names that inner scopes have given: here they would be seen there, with another meaning. */
  private readonly givenInside = new Set<string>()

  /** @param outer names that are visible in this scope and so cannot be given again. */
  constructor(private readonly outer: Names | null = null) {
    this.taken = new Set(outer ? [] : RESERVED)
  }

  /** The wanted text as an identifier, with a number behind it where it is in use already. */
  give(wanted: string): string {
    const plain = identifier(wanted)
    let name = plain
    for (let i = 2; this.has(name) || this.givenInside.has(name); i++) name = `${plain}_${i}`
    this.taken.add(name)
    this.outer?.givenInside.add(name)
    return name
  }

  private has(name: string): boolean {
    return this.taken.has(name) || (this.outer?.has(name) ?? false)
  }
}

/** Letters, digits and `_`, with a letter among them in front. */
export function identifier(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '')
  return /^[A-Za-z]/.test(plain) && !/^[WS]F_/.test(plain) ? plain : `x_${plain}`
}

export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/[^ -~]/g, '?')}"`
}
