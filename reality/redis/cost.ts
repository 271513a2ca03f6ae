/**
 * What a snapshot of Redis costs, beside what the model says: fork copies each table and each entry
 * once, and afterwards each first store to a page is one fault that copies one page.
 */
import { isIdle } from './redis.js'
import { type Connection, Server } from './server.js'

export interface Cost {
  readonly megabytes: number
  /** In memory when fork begins; each page is an entry, each 512 of them fill a table. */
  readonly entries: number
  readonly tables: number
  /** Of the process, upper levels included. */
  readonly tableKilobytes: number
  readonly forkMicroseconds: number
  /** Faults of the parent while the child lived, and what Redis found copied. */
  readonly faults: number
  readonly copiedBytes: number
}

/** A cost beside its prediction: 1 where they agree. */
export interface Ratios {
  /** Kilobytes of tables, to 4 for each full one. */
  readonly tables: number
  /** Time of fork for each entry, to that of the first size. */
  readonly fork: number
  /** Bytes copied, to a page for each fault. */
  readonly copied: number
}

const PAGE = 4096
const ENTRIES = 512
/** Values of Redis's ballast, and how many of them are stored to while the child lives. */
const VALUE_BYTES = 8000
const STORES = 2000
/** How long the child takes at least, in microseconds: more than the stores do. */
const CHILD_LIVES = 3_000_000

/** @throws MissingPartError, MachineError */
export async function costOf(megabytes: number): Promise<Cost> {
  const server = new Server()
  try {
    await server.start('--enable-debug-command', 'yes')
    const control = await server.connect()
    const values = megabytes * 128
    await control.send('debug', 'populate', values, 'ballast', VALUE_BYTES)
    // The child lives until the stores are done: what is stored later is not copied.
    await control.send('config', 'set', 'rdb-key-save-delay', Math.ceil(CHILD_LIVES / values))
    const entries = Math.ceil((server.resident() * 1024) / PAGE)
    const tableKilobytes = server.tables()
    const before = server.faults()
    await control.send('bgsave')
    await store(control, values)
    const faults = server.faults() - before
    await isIdle(control)
    const info = String(await control.send('info'))
    const number = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? 0)
    control.close()
    return {
      ...{ megabytes, entries, tables: Math.ceil(entries / ENTRIES), tableKilobytes, faults },
      forkMicroseconds: number('latest_fork_usec'),
      copiedBytes: number('rdb_last_cow_size'),
    }
  } finally {
    server.stop()
  }
}

/** Stores one byte each to many values, each on a page of its own. */
async function store(control: Connection, values: number): Promise<void> {
  const step = Math.max(1, Math.floor(values / STORES))
  for (let i = 0; i < values; i += step) await control.send('setrange', `ballast:${i}`, 0, 'x')
}

export function ratiosOf(cost: Cost, first: Cost): Ratios {
  const timeOf = ({ forkMicroseconds, entries }: Cost) => forkMicroseconds / entries
  return {
    tables: cost.tableKilobytes / (cost.tables * 4),
    fork: timeOf(cost) / timeOf(first),
    copied: cost.copiedBytes / (cost.faults * PAGE),
  }
}

/** A plot of text: for each size the time of fork, and where its entries would put it. */
export function plotOf(costs: readonly Cost[], columns = 50): string {
  const [first] = costs
  const expected = ({ entries }: Cost) => (first.forkMicroseconds * entries) / first.entries
  const longest = Math.max(...costs.flatMap((cost) => [cost.forkMicroseconds, expected(cost)]))
  const bar = (value: number) => Math.max(1, Math.round((columns * value) / longest))
  const rows = costs.map((cost) => {
    const line = Array.from({ length: columns }, (_, i): string =>
      i < bar(cost.forkMicroseconds) ? '#' : ' ',
    )
    line[bar(expected(cost)) - 1] = '|'
    const label = `${cost.megabytes} MB`.padStart(8)
    return `${label} ${line.join('').trimEnd()}  ${(cost.forkMicroseconds / 1000).toFixed(1)} ms`
  })
  return `time of fork (#), and by entries from the first size (|):\n${rows.join('\n')}\n`
}
