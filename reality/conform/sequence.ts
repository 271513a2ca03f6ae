/** Sequences of operations: what they are, how they are drawn, and how a helper is asked for one. */
import { Random } from '../../checker/simulate/random.js'
import { parseScenario } from '../../model/parse-scenario.js'
import type { KernelOperation, ProcessOperation, Scenario } from '../../model/scenario.js'

/** Who acts: a process, or the kernel on the parent's memory. */
export type Who = 'parent' | 'child' | 'kernel'

export interface Step {
  readonly who: Who
  readonly op: ProcessOperation | KernelOperation
}

interface FirstVma {
  readonly from: number
  readonly to: number
  readonly write: boolean
  readonly same: boolean
  readonly populated: readonly number[]
}

/** A start, and operations one after the other, each to its end before the next begins. */
export interface Sequence {
  readonly name: string
  readonly pages: number
  readonly pagesPerTable: number
  /** Real pages for a page of the model: 1, or as many as fill a real table. */
  readonly scale: number
  readonly vmas: readonly FirstVma[]
  readonly steps: readonly Step[]
}

/** The scenario whose programs are the operations of each actor. */
export function scenarioOf(sequence: Sequence): Scenario {
  const by = (who: Who) => sequence.steps.filter((step) => step.who === who).map(({ op }) => op)
  const kernel = by('kernel')
  return parseScenario({
    format: 1,
    name: 'sequence',
    pages: sequence.pages,
    pagesPerTable: sequence.pagesPerTable,
    vmas: sequence.vmas,
    parent: [by('parent')],
    child: by('child'),
    kernel: kernel.length > 0 ? [kernel] : [],
    reaches: [],
    options: { faultLock: 'mmap' },
  })
}

/** What a machine can do. */
export interface Means {
  /** Swap space, two nodes of memory, ksmd: not touched on the host. */
  readonly kernelWork: boolean
  /** Operations that are not drawn. */
  readonly leaveOut?: readonly string[]
}

const PARENT_OPERATIONS = [
  ...['read', 'read', 'write', 'write', 'write', 'write', 'munmap', 'mmap', 'mmap', 'mprotect'],
  ...['mprotect', 'mremap', 'mremap', 'mlock', 'munlock', 'dontneed', 'free', 'dontfork'],
  ...['wipeonfork', 'uffdCopy', 'pin', 'unpin', 'splice', 'readPipe'],
]
const CHILD_OPERATIONS = [
  ...['read', 'read', 'write', 'write', 'write', 'munmap', 'mmap', 'mprotect', 'dontneed'],
  ...['splice', 'readPipe', 'exit', 'exec'],
]
const KERNEL_OPERATIONS = ['swapOut', 'swapOut', 'migrate', 'migrate', 'mergeSame', 'dmaWrite']

/** Draws sequences; equal seeds draw equal ones. */
export class Drawer {
  private random: Random

  constructor(
    private readonly seed: bigint,
    private readonly means: Means,
  ) {
    this.random = new Random(seed)
  }

  /** The `number`-th sequence, with this many operations. */
  draw(number: number, length: number): Sequence {
    this.random = new Random(this.seed, number)
    const isWide = this.means.kernelWork && number % 8 === 7
    const geometry = isWide
      ? { pages: 4, pagesPerTable: 2, scale: 256 }
      : { pages: 6, pagesPerTable: 3, scale: 1 }
    const vmas = this.vmas(geometry.pages)
    const steps = new Steps(this.random, geometry, this.means, number % 4 === 0).draw(length)
    return { name: `${this.seed}-${number}`, ...geometry, vmas, steps }
  }

  private vmas(pages: number): FirstVma[] {
    const vmas: FirstVma[] = []
    let from = 0
    while (from < pages) {
      const to = Math.min(pages, from + 1 + this.random.below(4))
      const populated: number[] = []
      for (let page = from; page < to; page++) if (this.random.below(4) > 0) populated.push(page)
      const last = vmas.at(-1)
      const touches = last?.to === from
      const write = touches ? !last.write : this.random.below(4) > 0
      const same = this.random.below(4) === 0
      if (this.random.below(5) > 0) vmas.push({ from, to, write, same, populated })
      from = to
    }
    return vmas.length > 0 ? vmas : this.vmas(pages)
  }
}

class Steps {
  private readonly steps: Step[] = []
  private child: 'none' | 'alive' | 'gone' = 'none'
  private isPinned = false
  private inPipe = 0
  private swaps = 0
  private lockedOnce = false

  constructor(
    private readonly random: Random,
    private readonly geometry: { pages: number; pagesPerTable: number; scale: number },
    private readonly means: Means,
    /** Is what a call has just changed often touched? Wrong permissions show only so. */
    private readonly touches: boolean,
  ) {}

  draw(length: number): Step[] {
    const forkAt = this.random.below(Math.min(5, length))
    while (this.steps.length < length) {
      if (this.steps.length >= forkAt && this.child === 'none') {
        this.steps.push({ who: 'parent', op: { do: 'fork' } })
        this.child = 'alive'
        continue
      }
      const step = this.one()
      if (step) this.steps.push(step)
      const touch = step && this.touches ? this.touch(step) : null
      if (touch && this.steps.length < length) this.steps.push(touch)
    }
    return this.steps
  }

  /** A load or store where the step has changed something. */
  private touch({ who, op }: Step): Step | null {
    const { random } = this
    const place = op as { from?: number; to?: number; page?: number; target?: number }
    const from = place.target ?? place.from ?? place.page
    if (from === undefined || random.below(3) === 0) return null
    if (who === 'child' && this.child !== 'alive') return null
    const size = place.from === undefined || place.to === undefined ? 1 : place.to - place.from
    const page = from + random.below(size)
    return { who: who === 'kernel' ? 'parent' : who, op: { do: this.access(), page } }
  }

  private access(): 'read' | 'write' {
    return this.random.below(3) === 0 ? 'read' : 'write'
  }

  private one(): Step | null {
    const who = this.actor()
    const list =
      who === 'parent'
        ? PARENT_OPERATIONS
        : who === 'child'
          ? CHILD_OPERATIONS
          : [...KERNEL_OPERATIONS, ...(this.geometry.scale > 1 ? ['collapse', 'collapse'] : [])]
    const name = list[this.random.below(list.length)]
    if (this.means.leaveOut?.includes(name)) return null
    const op = this.operation(name, who)
    return op && { who, op: op as Step['op'] }
  }

  private actor(): Who {
    const draw = this.random.below(10)
    if (this.means.kernelWork && draw < 2) return 'kernel'
    return this.child === 'alive' && draw < 6 ? 'child' : 'parent'
  }

  private operation(name: string, who: Who): object | null {
    const { random, geometry } = this
    const page = random.below(geometry.pages)
    switch (name) {
      case 'read':
      case 'write':
      case 'migrate':
        return { do: name, page }
      case 'uffdCopy':
        return { do: name, page }
      case 'swapOut':
        return this.swaps++ < 2 ? { do: name, page } : null
      case 'collapse':
        return { do: name, page: page - (page % geometry.pagesPerTable) }
      case 'mergeSame': {
        const other = random.below(geometry.pages)
        if (other === page || geometry.scale > 1) return null
        // ksmd keeps the frame of the page that it comes to last.
        return { do: name, page: Math.max(page, other), with: Math.min(page, other) }
      }
      case 'pin':
        if (this.isPinned || geometry.scale > 1) return null
        this.isPinned = true
        return { do: name, page }
      case 'unpin':
        if (!this.isPinned) return null
        this.isPinned = false
        return { do: name }
      case 'dmaWrite':
        return this.isPinned ? { do: name } : null
      case 'splice':
        return this.inPipe++ > 0 ? null : { do: name, page }
      case 'readPipe':
        if (this.inPipe === 0) return null
        this.inPipe = 0
        return { do: name }
      case 'exit':
      case 'exec':
        if (random.below(2) > 0) return null
        this.child = 'gone'
        return { do: name }
      default:
        return this.onRange(name, who)
    }
  }

  private onRange(name: string, who: Who): object | null {
    const { random } = this
    const { pages } = this.geometry
    const from = random.below(pages)
    const to = from + 1 + random.below(pages - from)
    switch (name) {
      case 'mmap':
        return { do: name, from, to, write: random.below(3) > 0, replace: random.below(2) > 0 }
      case 'mprotect':
        return { do: name, from, to, write: random.below(2) > 0 }
      case 'mremap':
        return this.move(from, to)
      case 'mlock':
        this.lockedOnce = true
        return { do: name, from, to }
      case 'munlock':
        return this.lockedOnce ? { do: name, from, to } : null
      default:
        return who === 'child' && name !== 'munmap' && name !== 'dontneed'
          ? null
          : { do: name, from, to }
    }
  }

  private move(from: number, to: number): object | null {
    const { random } = this
    const { pages } = this.geometry
    const size = to - from
    if (random.below(3) === 0) {
      const other = 1 + random.below(pages - from)
      return { do: 'mremap', from, to, size: other }
    }
    const target = random.below(pages)
    if (target + size > pages || (target < to && from < target + size)) return null
    return { do: 'mremap', from, to, target }
  }
}
