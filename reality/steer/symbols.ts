/** Addresses: functions of the guest's kernel and of the helper. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { buildHelper } from '../guest.js'
import { type GuestOptions, guestMachine } from '../machine.js'

/** Functions that steering stops at, or whose callers it looks at. */
const WANTED = [
  ...['dup_mmap', 'copy_page_range', 'flush_tlb_mm_range', 'wake_up_new_task', 'exc_page_fault'],
  ...['handle_mm_fault', 'wp_page_copy', 'do_wp_page', 'ptep_clear_flush', 'page_remove_rmap'],
  ...['tlb_finish_mmu', 'free_pages_and_swap_cache', 'move_page_tables', 'unmap_region'],
  ...['unmap_vmas', 'free_pgtables', 'try_to_migrate_one', 'try_to_unmap_one', 'vm_area_dup'],
  ...['pmdp_collapse_flush', 'arch_tlbbatch_flush', 'try_to_unmap_flush', 'up_write', 'mmput'],
  ...['down_write_killable', 'smp_call_function_many_cond', 'on_each_cpu_cond_mask'],
  ...['copy_process', 'change_protection', 'do_mprotect_pkey', 'move_vma', 'do_swap_page'],
  ...['tlb_flush_mmu', 'change_prot_numa', 'remove_migration_pte', 'page_add_new_anon_rmap'],
]

/** Where functions begin, sorted. */
export class Symbols {
  private readonly starts: readonly (readonly [bigint, string])[]
  private readonly named: ReadonlyMap<string, bigint>

  constructor(lines: readonly string[]) {
    const all = lines.map((line) => line.split(' '))
    this.starts = all
      .map(([address, name]) => [BigInt(`0x${address}`), name] as const)
      .sort(([x], [y]) => (x < y ? -1 : 1))
    this.named = new Map([...this.starts].reverse().map(([address, name]) => [name, address]))
  }

  /** The address of a function, or null when the kernel has none of this name. */
  at(name: string): bigint | null {
    return this.named.get(name) ?? null
  }

  /** Is an address inside one of the known functions? They are shorter than 6000 bytes. */
  isInside(address: bigint, name: string): boolean {
    const [, found] = this.starts.findLast(([start]) => start <= address) ?? [0n, '']
    const start = this.starts.findLast(([at]) => at <= address)?.[0] ?? 0n
    return found === name && address - start < 6000n
  }
}

/** The kernel's, asked once for each snapshot. */
export async function kernelSymbols(file: string, options: GuestOptions): Promise<Symbols> {
  if (!existsSync(file)) {
    const machine = await guestMachine(options)
    try {
      const halves = [WANTED.slice(0, 18), WANTED.slice(18)]
      const lines: string[] = []
      for (const half of halves)
        lines.push(...(await machine.request([`symbols ${half.join(' ')}`])))
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
  return new Symbols(lines.filter((l) => l.length === 3).map(([at, , name]) => `${at} ${name}`))
}
