/**
 * Connections to Redis that never keep a process from ending. BullMQ waits for Redis when it is
 * closed, without a limit: a server that is gone or frozen would hold it for ever. So every
 * connection is known here, and is cut when closing takes too long.
 */
import { setTimeout } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { oneLine, UsageError } from '../errors.js'
import type { Libraries } from './library.js'

/** Milliseconds that a first answer of Redis may take, and that closing may take. */
const FIRST_ANSWER_MS = 10_000
const CLOSING_MS = 3000
/** Milliseconds that the other end of a connection gets to agree that it is over. */
const LAST_WORDS_MS = 200
/**
 * Milliseconds after which a connection on which a command has no answer is made again. A machine
 * that is unplugged does not say so. Workers wait in Redis for less: see WAIT_SECONDS.
 */
const SILENCE_MS = 20_000
/** Milliseconds between two attempts to reach a Redis that was there before. */
const RETRY_MS = 500

/** Something that holds connections until it is closed. */
interface User {
  close(): Promise<void>
}

/** Told when the connection is lost, and when it is back. */
export interface Watcher {
  readonly lost: () => void
  readonly back: () => void
}

/** The text of a --redis option without its password. @throws UsageError for any other text. */
export function shownUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : null
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    // The text itself is not repeated: it may hold a password.
    throw new UsageError(
      '--redis: must be a URL: redis://host:6379, or rediss:// for TLS, with user:password@ if any',
    )
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

/** All connections to one Redis. */
export class Connection {
  private constructor(
    /** The first one. BullMQ makes others of it. */
    readonly client: Redis,
    private readonly all: Redis[],
  ) {}

  /**
   * @returns null when the user interrupts before Redis has answered.
   * @throws UsageError when Redis does not answer, or does not let us in.
   */
  static async open(
    { Redis }: Libraries,
    given: string,
    signal: AbortSignal,
    watcher: Watcher,
  ): Promise<Connection | null> {
    const shown = shownUrl(given)
    let isKnown = false
    const client = new Redis(given, {
      lazyConnect: true,
      // Commands wait until Redis is back, as BullMQ demands of its workers.
      maxRetriesPerRequest: null,
      // A Redis that has never answered is a mistake in the URL. One that has may come back.
      retryStrategy: () => (isKnown ? RETRY_MS : null),
      disconnectTimeout: LAST_WORDS_MS,
      socketTimeout: SILENCE_MS,
    })
    const connection = new Connection(client, [client])
    connection.keepTrackOfCopies()
    let last: unknown
    client.on('error', (error) => {
      last = error
    })
    const answer = client.connect().then(() => client.ping())
    const answered = await unless(signal, inTime(answer, FIRST_ANSWER_MS)).catch((error) => {
      client.disconnect()
      throw new UsageError(`--redis ${shown}: ${oneLine(last ?? error)}`)
    })
    if (answered === null) {
      client.disconnect()
      return null
    }
    isKnown = true
    let isLost = false
    client.on('close', () => {
      if (!isLost && client.status !== 'end') watcher.lost()
      isLost = true
    })
    client.on('ready', () => {
      if (isLost) watcher.back()
      isLost = false
    })
    return connection
  }

  /** BullMQ copies a connection for what waits in Redis, and keeps the copy to itself. */
  private keepTrackOfCopies(): void {
    const { client, all } = this
    const duplicate = client.duplicate.bind(client)
    client.duplicate = (options) => {
      const copy = duplicate(options)
      copy.on('error', () => {})
      all.push(copy)
      return copy
    }
  }

  /** Closes the users in good order if Redis allows it, then cuts all connections. */
  async close(users: readonly User[]): Promise<void> {
    const closing = Promise.allSettled(users.map((user) => user.close()))
    if (this.client.status === 'ready') await inTime(closing, CLOSING_MS).catch(() => {})
    for (const one of this.all) one.disconnect()
  }
}

/** @throws Error when it takes longer. */
async function inTime<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const timer = new AbortController()
  const late = setTimeout(milliseconds, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no answer within ${milliseconds / 1000} s`)
  })
  late.catch(() => {})
  promise.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}

/** Waits for a promise or the signal, whichever comes first: null for the signal. */
export async function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | null> {
  promise.catch(() => {})
  if (signal.aborted) return null
  let stop = () => {}
  const stopped = new Promise<null>((resolve) => {
    stop = () => resolve(null)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
