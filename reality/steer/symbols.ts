/** Addresses: functions of the guest's kernel and of the helper. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { buildHelper } from '../guest.js'
import { type GuestOptions, guestMachine } from '../machine.js'
import { callOf, flaws } from './flaws.js'
import { MUTANT_STOPS, STOPS, type StopAt } from './stops.js'

/** Functions that steering looks at beside those of its stops and flaws: callers, neighbours. */
const OTHERS = [
  ...['exc_page_fault', 'handle_mm_fault', 'down_read_trylock', 'kernel_halt', 'do_munmap'],
  ...['wp_page_copy', '__wp_page_copy_user', 'do_wp_page', 'on_each_cpu_cond_mask'],
  ...['change_protection', 'do_mprotect_pkey', 'move_vma', 'do_swap_page', 'unmap_region'],
  ...['remove_migration_pte', 'page_add_new_anon_rmap', 'exit_mmap', 'wake_up_new_task'],
]
/** How many the helper takes in one line. */
const NAMES_PER_LINE = 12

/** All functions that steering may stop at, and those that they are called from. */
function wanted(): string[] {
  const stops = [...Object.values(STOPS), ...Object.values(MUTANT_STOPS).flatMap(Object.values)]
  const calls = Object.values(flaws).flat().map(callOf)
  return [
    ...new Set([
      ...stops.flatMap((stop: StopAt | null) => [...(stop?.callers ?? []), stop?.function ?? '']),
      ...calls.flatMap(({ function: name, caller }) => [name, caller ?? '']),
      ...OTHERS,
    ]),
  ].filter((name) => name !== '')
}

/** Where functions begin and end: lines `ADDRESS NAME END`. */
export class Symbols {
  private readonly parts: readonly { name: string; start: bigint; end: bigint }[]

  constructor(lines: readonly string[]) {
    this.parts = lines
      .map((line) => line.split(' '))
      .map(([start, name, end]) => ({ name, start: BigInt(`0x${start}`), end: BigInt(`0x${end}`) }))
      .sort((x, y) => (x.start < y.start ? -1 : 1))
  }

  /** The address of a function, or null when the kernel has none of this name. */
  at(name: string): bigint | null {
    return this.parts.find((part) => part.name === name)?.start ?? null
  }

  /** Is an address inside a function, or a part that the compiler has put elsewhere? */
  isInside(address: bigint, name: string): boolean {
    return this.parts.some(
      (part) => part.name === name && part.start <= address && address < part.end,
    )
  }
}

/**
 * The kernel's, asked once for each snapshot.
 * @param beside the snapshot's file.
 */
export async function kernelSymbols(beside: string, options: GuestOptions): Promise<Symbols> {
  const names = createHash('sha256').update(wanted().join(' ')).digest('hex')
  const file = `${beside}.${names.slice(0, 8)}.symbols`
  if (!existsSync(file)) {
    const machine = await guestMachine(options)
    try {
      const lines: string[] = []
      for (let names = wanted(); names.length > 0; names = names.slice(NAMES_PER_LINE)) {
        const line = names.slice(0, NAMES_PER_LINE).join(' ')
        lines.push(...(await machine.request([`symbols ${line}`])))
      }
      writeFileSync(file, lines.join('\n'))
    } finally {
      machine.close()
    }
  }
  return new Symbols(readFileSync(file, 'utf8').trim().split('\n'))
}

/** The helper's own. */
export function helperSymbols(): Symbols {
  const said = execFileSync('nm', [buildHelper()], { encoding: 'utf8', maxBuffer: 1 << 24 })
  const lines = said.split('\n').map((line) => line.split(' '))
  return new Symbols(
    lines.filter((l) => l.length === 3).map(([at, , name]) => `${at} ${name} ${at}`),
  )
}
