/** One state of the model beside what was seen of the kernel, at rest. */
import { type Frame, NONE, type State } from '../../model/state.js'
import type { AbstractionName } from './abstractions.js'
import { hasFlag, type Seen, type SeenPage, type SeenSpace } from './ask.js'
import { faultsOf, type Way } from './operation-search.js'
import type { Sequence, Step } from './sequence.js'

/** What differs, in words; and the abstractions that were made use of. */
export interface Comparison {
  readonly differences: readonly string[]
  readonly used: ReadonlySet<AbstractionName>
}

/** Pages (`parent 2`) that the kernel reads as zeros without a frame of their own. */
export interface Untouched {
  /** They mapped the zero page before the operation. */
  readonly zero: ReadonlySet<string>
  /** fork left them out, as their VMA was never written to, and nothing has touched them since. */
  readonly leftOut: ReadonlySet<string>
}

const NAMES = ['parent', 'child', 'child2']
const ZEROS = 1

interface VmaView {
  from: number
  to: number
  flags: string
}

export class Comparer {
  private readonly differences: string[] = []
  private readonly used = new Set<AbstractionName>()
  private readonly frameOf = new Map<number, number>()
  private readonly modelOf = new Map<number, number>()

  constructor(
    private readonly sequence: Sequence,
    private readonly untouched: Untouched,
    /** What each rule models, by name. */
    private readonly sources: ReadonlyMap<string, string>,
    /** Have lists of processors been emptied before the kernel was looked at? */
    private readonly seesLists: boolean,
  ) {}

  /** The state after an operation; `step` is left out for the start. */
  compare(way: Way, seen: Seen, step?: Step): Comparison {
    if (way.stuck) this.differences.push(`model: never comes to the end of the operation`)
    if (step) this.result(way, seen, step)
    for (let m = 0; m < way.state.mm.length; m++) this.space(way.state, m, seen.spaces[m] ?? null)
    return { differences: this.differences, used: this.used }
  }

  private differ(where: string, kernel: unknown, model: unknown): void {
    this.differences.push(`${where}: kernel ${kernel}, model ${model}`)
  }

  private result(way: Way, seen: Seen, { who, op }: Step): void {
    const { rules } = way
    if (op.do === 'read' || op.do === 'write') {
      const fails = rules.includes('faultFail')
      if (fails !== (seen.fault === 1)) this.differ('SIGSEGV', seen.fault === 1, fails)
      else if (!fails) this.faults(rules, seen, who, op.page as number)
      return
    }
    if (who === 'kernel') return
    if (seen.skipped) {
      this.used.add(op.do === 'splice' ? 'absent-page-into-pipe' : 'taken-target')
      return
    }
    // The model has no result for it: what has been given back stays given back.
    if (op.do === 'unpin') return
    if (op.do === 'readPipe' && seen.error === 0) this.pipe(way, seen)
    const names = this.errorsOf(rules)
    const kernel = seen.error === 0 ? 'success' : errorName(seen.error)
    if (names.has(kernel)) return
    const isAdvice = ['dontneed', 'free', 'dontfork', 'wipeonfork'].includes(op.do)
    if (isAdvice && kernel === 'ENOMEM') this.used.add('madvise-result')
    else this.differ(`result of ${op.do}`, kernel, [...names].join(' or '))
  }

  /** The pipe delivers what its frame held; the model keeps that in its ghost. */
  private pipe({ before }: Way, seen: Seen): void {
    const frame = before?.pipe.frame ?? NONE
    if (before && frame === NONE) this.differ('pipe delivers something', true, false)
    else if (before && before.frame[frame].value !== (seen.result || ZEROS))
      this.differ('pipe delivers', seen.result, before.frame[frame].value)
  }

  /** What the rules that were taken say of the result, in their source: `mmap_region: -ENOMEM`. */
  private errorsOf(rules: readonly string[]): ReadonlySet<string> {
    const sources = [...new Set(rules)].map((rule) => this.sources.get(rule) ?? '')
    const named = sources.flatMap((source) => [...source.matchAll(/-(E[A-Z]+)\b/g)])
    const names = new Set([
      ...named.map(([, name]) => name),
      ...rules.flatMap((rule) => RESULTS[rule] ?? []),
    ])
    const mayDoNothing = sources.some((source) => /or nothing to do/.test(source))
    return names.size === 0 || mayDoNothing ? names.add('success') : names
  }

  private faults(rules: readonly string[], seen: Seen, who: string, page: number): void {
    if (this.sequence.scale > 1) return
    const model = faultsOf(rules)
    const space = seen.spaces[NAMES.indexOf(who)]
    const isZero =
      this.untouched.zero.has(`${who} ${page}`) || hasFlag(space?.pages[page] ?? null, 'zero')
    if (model === seen.faults) return
    if (isZero) this.used.add('zero-page')
    else if (seen.faults === 1 && model === 0 && this.isMadeWritable(page))
      this.used.add('opened-when-dirty')
    else this.differ('page faults', seen.faults, model)
  }

  /** Does some mprotect of the sequence allow stores to a page? */
  private isMadeWritable(page: number): boolean {
    return this.sequence.steps.some(
      ({ op }) => op.do === 'mprotect' && op.write && op.from <= page && page < op.to,
    )
  }

  private space(state: State, m: number, seen: SeenSpace | null): void {
    const who = NAMES[m]
    const isThere = state.mm[m].users > 0
    if (isThere !== (seen !== null)) this.differ(`${who}'s address space is there`, !!seen, isThere)
    if (!isThere || !seen) return
    this.vmas(who, modelVmas(state, m), seenVmas(seen, this.sequence))
    for (let page = 0; page < state.geometry.pages; page++)
      this.page(state, m, page, seen.pages[page])
  }

  private vmas(who: string, model: VmaView[], kernel: VmaView[]): void {
    if (text(model) === text(kernel)) return
    if (text(joined(model)) === text(joined(kernel))) this.used.add('vma-merging')
    else this.differ(`${who}'s VMAs`, text(kernel), text(model))
  }

  private page(state: State, m: number, page: number, kernel: SeenPage): void {
    const where = `${NAMES[m]} page ${page}`
    const model = entryOf(state, m, page)
    if (
      hasFlag(kernel, 'zero') ||
      (kernel === null && this.untouched.leftOut.has(`${NAMES[m]} ${page}`))
    ) {
      if (contentOf(state, model) !== ZEROS) this.differ(where, shown(kernel), described(model))
      else if (kernel !== null || model)
        this.used.add(kernel ? 'zero-page' : 'no-tables-without-anon-vma')
      return
    }
    if (kindOf(kernel) !== (model?.kind ?? 'none')) {
      this.differ(where, shown(kernel), described(model))
      return
    }
    if (kernel === null || typeof kernel !== 'object' || model?.kind !== 'mapped') return
    const huge = state.mm[m].pmd[Math.floor(page / state.geometry.pagesPerTable)].huge
    const isHuge = hasFlag(kernel, 'huge')
    if (huge && !isHuge) this.differ(`${where} huge`, isHuge, huge)
    if (isHuge && !huge) this.used.add('huge-page-in-parts')
    this.frame(where, state.frame[model.frame], model.frame, kernel)
    // A huge page's flags are those of its first page, wherever that is mapped.
    if (!hasFlag(kernel, 'tail')) this.flags(where, state.frame[model.frame], kernel)
  }

  private frame(where: string, frame: Frame, f: number, kernel: Exclude<SeenPage, null>): void {
    const [number, value, mappings] = kernel as readonly [number, number, number, string]
    const content = value === 0 ? ZEROS : value
    if (content !== frame.value) this.differ(`${where} content`, content, frame.value)
    const known = this.frameOf.has(f)
    if (known ? this.frameOf.get(f) !== number : this.modelOf.has(number))
      this.differ(`${where} shares its frame with the same pages`, 'no', 'yes')
    this.frameOf.set(f, number)
    this.modelOf.set(number, f)
    if (mappings !== frame.maps) this.differ(`${where} mappings`, mappings, frame.maps)
  }

  private flags(where: string, frame: Frame, kernel: SeenPage): void {
    const exclusive = hasFlag(kernel, 'exclusive')
    if (exclusive !== frame.exclusive) this.differ(`${where} exclusive`, exclusive, frame.exclusive)
    const lazy = !hasFlag(kernel, 'swapBacked')
    if (lazy !== frame.lazy && !this.seesLists) this.used.add('lists-of-processors')
    else if (lazy !== frame.lazy) this.differ(`${where} may be dropped`, lazy, frame.lazy)
  }
}

type Entry = { kind: 'mapped' | 'swap' | 'migrating'; frame: number } | null

function entryOf(s: State, m: number, page: number): Entry {
  const pmd = s.mm[m].pmd[Math.floor(page / s.geometry.pagesPerTable)]
  if (pmd.table === NONE) return null
  const pte = s.table[pmd.table].pte[page % s.geometry.pagesPerTable]
  if (pte.frame === NONE) return null
  const kind = pte.swapped ? 'swap' : pte.migrating ? 'migrating' : 'mapped'
  return { kind, frame: pte.frame }
}

/** What a load would find. */
const contentOf = (s: State, entry: Entry) => (entry ? s.frame[entry.frame].value : ZEROS)
const described = (entry: Entry) => (entry ? `${entry.kind} ${entry.frame}` : 'none')

const kindOf = (page: SeenPage) =>
  page === null ? 'none' : typeof page === 'number' ? 'swap' : page === 'mixed' ? 'mixed' : 'mapped'
function shown(page: SeenPage): string {
  if (page === null || typeof page !== 'object') return kindOf(page)
  return `mapped frame ${page[0]}${hasFlag(page, 'zero') ? ' (zero page)' : ''} content ${page[1]}`
}

function modelVmas(s: State, m: number): VmaView[] {
  return s.mm[m].vma
    .filter((vma) => vma.end > vma.start)
    .map((vma) => ({
      from: vma.start,
      to: vma.end,
      flags: flagText(vma.writable, vma.locked, vma.leftOut, vma.wiped),
    }))
    .sort((x, y) => x.from - y.from)
}

function seenVmas(space: SeenSpace, { scale, pages }: Sequence): VmaView[] {
  const inside = (page: number) => Math.min(pages, Math.max(0, page / scale))
  return space.vmas.map(([from, to, permissions, names]) => {
    const has = (flag: string) => names.split(' ').includes(flag)
    return {
      from: inside(from),
      to: inside(to),
      flags: flagText(permissions[1] === 'w', has('lo'), has('dc'), has('wf')),
    }
  })
}

const flagText = (writable: boolean, locked: boolean, leftOut: boolean, wiped: boolean) =>
  `${writable ? 'rw' : 'r'}${locked ? ' locked' : ''}${leftOut ? ' dontfork' : ''}${wiped ? ' wipeonfork' : ''}`

const text = (vmas: readonly VmaView[]) =>
  vmas.map(({ from, to, flags }) => `${from}-${to} ${flags}`).join(', ') || 'none'

function joined(vmas: readonly VmaView[]): VmaView[] {
  const all: VmaView[] = []
  for (const vma of vmas) {
    const last = all.at(-1)
    if (last?.to === vma.from && last.flags === vma.flags) last.to = vma.to
    else all.push({ ...vma })
  }
  return all
}

/** Results of steps whose rules have several, or none. */
const RESULTS: Readonly<Record<string, readonly string[]>> = {
  // The helper registers the page first, which is refused where no VMA is.
  uffdFails: ['EINVAL'],
  uffdInstalls: ['success', 'EEXIST'],
  readPipe: ['success', 'EAGAIN'],
}

const ERRORS: Readonly<Record<number, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  11: 'EAGAIN',
  12: 'ENOMEM',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  22: 'EINVAL',
  38: 'ENOSYS',
}
const errorName = (error: number) => ERRORS[error] ?? `error ${error}`
