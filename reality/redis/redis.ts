/** Snapshots of a Redis under load: each must show one instant. */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { MachineError } from '../machine.js'
import { type Connection, Server } from './server.js'

/** How a snapshot comes to be; the last one is no snapshot: keys are copied one after the other. */
export const KINDS = ['BGSAVE', 'BGREWRITEAOF', 'replica', 'without fork'] as const
export type Kind = (typeof KINDS)[number]

/** What a second server found in a snapshot. */
export interface Found {
  /** Transactions in it. */
  readonly count: number
  /** Pairs of keys that are not equal though each transaction counts both up. */
  readonly unequal: number
  /** The sum over all pairs. */
  readonly sum: number
}

export interface Round {
  readonly kind: Kind
  readonly found: Found
  /** Transactions answered before it was asked for, and sent before it was begun. */
  readonly low: number
  readonly high: number
  readonly isConsistent: boolean
  readonly forkMicroseconds: number
  readonly copiedBytes: number
  readonly tableKilobytes: number
}

const KEYS = 1000
const CLIENTS = 4

/** Does it hold whole transactions only, all of those before it, and none of those after it? */
export const isOneInstant = ({ count, unequal, sum }: Found, low: number, high: number): boolean =>
  unequal === 0 && sum === count && low <= count && count <= high

/** Clients that keep an invariant: `a:i` equals `b:i`, and `count` is the sum over all `a:i`. */
class Load {
  sent = 0
  answered = 0
  private isOver = false

  async run(connection: Connection): Promise<void> {
    while (!this.isOver) {
      const i = (++this.sent * 7919) % KEYS
      connection.send('multi')
      connection.send('incr', 'count')
      connection.send('incr', `a:${i}`)
      connection.send('set', `last:${i}`, 'x'.repeat(200))
      connection.send('incr', `b:${i}`)
      await connection.send('exec')
      this.answered++
    }
  }

  end(): void {
    this.isOver = true
  }
}

/** @param megabytes how much memory the server has besides. @throws MissingPartError, MachineError */
export async function snapshotsOf(
  kinds: readonly Kind[],
  megabytes: number,
  told: (round: Round) => void,
): Promise<Round[]> {
  const first = new Server()
  const rounds: Round[] = []
  const load = new Load()
  try {
    await first.takePort()
    await first.start('--enable-debug-command', 'yes')
    const control = await first.connect()
    await control.send('debug', 'populate', megabytes * 128, 'ballast', 8000)
    const clients = Array.from({ length: CLIENTS }, async () => load.run(await first.connect()))
    for (const kind of kinds) {
      while (load.answered < 50 * (rounds.length + 1)) await pause()
      const round = await oneRound(first, control, load, kind)
      rounds.push(round)
      told(round)
    }
    load.end()
    await Promise.all(clients)
    control.close()
  } finally {
    load.end()
    first.stop()
  }
  return rounds
}

async function oneRound(
  first: Server,
  control: Connection,
  load: Load,
  kind: Kind,
): Promise<Round> {
  const low = load.answered
  const second = new Server()
  try {
    const begun = await snapshot(kind, first, control, second, load)
    const reader = await second.connect()
    const found = await look(reader)
    reader.close()
    // A replica takes over what is written after its fork too.
    const high = kind === 'BGSAVE' || kind === 'BGREWRITEAOF' ? begun : load.sent
    const info = String(await control.send('info'))
    const number = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? 0)
    const cow = kind === 'BGREWRITEAOF' ? 'aof_last_cow_size' : 'rdb_last_cow_size'
    const isConsistent = isOneInstant(found, low, high)
    return {
      ...{ kind, found, low, high, isConsistent },
      forkMicroseconds: number('latest_fork_usec'),
      copiedBytes: number(cow),
      tableKilobytes: first.tables(),
    }
  } finally {
    second.stop()
  }
}

/** Brings what the first server holds to the second. @returns transactions sent at its beginning. */
async function snapshot(
  kind: Kind,
  first: Server,
  control: Connection,
  second: Server,
  load: Load,
): Promise<number> {
  if (kind === 'replica') {
    await second.start('--replicaof', '127.0.0.1', String(first.port))
    await becomeReplica(second)
    return load.sent
  }
  if (kind === 'without fork') {
    await second.start()
    await copyKeys(control, await second.connect())
    return load.sent
  }
  await control.send(kind.toLowerCase())
  const begun = load.sent
  await isIdle(control)
  if (kind === 'BGSAVE') copyFileSync(join(first.folder, 'dump.rdb'), rdbOf(second))
  else {
    const folder = join(first.folder, 'appendonlydir')
    const base = readdirSync(folder).find((name) => name.endsWith('.base.rdb'))
    if (!base) throw new MachineError('BGREWRITEAOF leaves no file')
    copyFileSync(join(folder, base), rdbOf(second))
  }
  await second.start()
  return begun
}

function rdbOf(server: Server): string {
  mkdirSync(server.folder, { recursive: true })
  return join(server.folder, 'dump.rdb')
}

/** Waits until no child saves. @throws MachineError when Redis could not. */
export async function isIdle(control: Connection): Promise<void> {
  for (;;) {
    const info = String(await control.send('info', 'persistence'))
    if (!/(rdb_bgsave|aof_rewrite)_(in_progress|scheduled):1/.test(info)) {
      if (/(rdb_last_bgsave|aof_last_bgrewrite)_status:err/.test(info))
        throw new MachineError('Redis could not save')
      return
    }
    await pause()
  }
}

/** Waits for the first synchronisation, and then takes nothing over any more. */
async function becomeReplica(second: Server): Promise<void> {
  const connection = await second.connect()
  while (!/master_link_status:up/.test(String(await connection.send('info', 'replication'))))
    await pause()
  await connection.send('replicaof', 'no', 'one')
  connection.close()
}

/** What a snapshot must not be: a copy that is made while others write. */
async function copyKeys(from: Connection, to: Connection): Promise<void> {
  const copy = async (key: string) =>
    to.send('set', key, String((await from.send('get', key)) ?? 0))
  for (let i = 0; i < KEYS; i++) await copy(`a:${i}`)
  await copy('count')
  for (let i = 0; i < KEYS; i++) await copy(`b:${i}`)
  to.close()
}

async function look(reader: Connection): Promise<Found> {
  const names = (letter: string) => Array.from({ length: KEYS }, (_, i) => `${letter}:${i}`)
  const keys = [...names('a'), ...names('b')]
  const values = (await reader.send('mget', 'count', ...keys)) as (string | null)[]
  const [count, ...rest] = values.map(Number)
  const a = rest.slice(0, KEYS)
  const b = rest.slice(KEYS)
  return {
    count,
    unequal: a.filter((value, i) => value !== b[i]).length,
    sum: a.reduce((x, y) => x + y, 0),
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
