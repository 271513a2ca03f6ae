/** A worker: it takes one job after the other from Redis, does it, and gives the answer back. */
import { EXIT, interrupted, oneLine, UsageError } from '../errors.js'
import type { Io } from '../io.js'
import { Connection, shownUrl, unless } from './connection.js'
import { PREFIX, QUEUE } from './job.js'
import { type Libraries, queueLibraries } from './library.js'
import { doPart } from './part.js'

export interface WorkOptions {
  readonly redis: string
  /** Seconds after which a job is given to another worker, if this one does not say it is alive. */
  readonly lock: number
  /** Ends when there has been nothing to do for so many seconds. */
  readonly idle?: number
  readonly quiet?: boolean
}

/**
 * How often a job may lose its worker. One that makes every worker run out of memory would
 * otherwise go round for ever.
 */
const MOST_LOSSES = 20
/** Milliseconds until a failed command of Redis is tried again. */
const RETRY_MS = 500
/** How often a worker says that it is alive within the time of a lock. */
const RENEWALS = 4
/** Seconds that a worker waits in Redis for a job, at most. */
const WAIT_SECONDS = 2

/**
 * Works until the user interrupts, or a job is refused.
 * @returns the exit code.
 * @throws Error when BullMQ gives up.
 */
export async function work(
  io: Io,
  options: WorkOptions,
  load: () => Promise<Libraries> = queueLibraries,
): Promise<number> {
  const shown = shownUrl(options.redis)
  const libraries = await load()
  const say = (text: string) => {
    if (!options.quiet) io.stderr.write(`forkcheck: ${text}\n`)
  }
  const watcher = { lost: () => {}, back: () => say(`connected to ${shown} again`) }
  const connection = await Connection.open(libraries, options.redis, io.signal, watcher)
  if (!connection) return interrupted(io)
  const working = new Work(io, options, libraries, connection, say)
  watcher.lost = () => {
    say(`lost the connection to ${shown}; trying again`)
    working.hasNothingToDo()
  }
  return working.run()
}

class Work {
  private readonly over = new AbortController()
  private readonly worker
  private refusal: string | null = null
  /** Why BullMQ gave up. */
  private failure: { readonly error: unknown } | null = null
  private done = 0
  private isBusy = false
  /** Since when Redis has had no job, or has been away; null while it is not known, or there is one. */
  private idleSince: number | null = null

  constructor(
    private readonly io: Io,
    private readonly options: WorkOptions,
    private readonly libraries: Libraries,
    private readonly connection: Connection,
    private readonly say: (text: string) => void,
  ) {
    const lockDuration = options.lock * 1000
    this.worker = new libraries.Worker(QUEUE, (job, token) => this.take(job, token), {
      connection: connection.client,
      prefix: PREFIX,
      autorun: false,
      concurrency: 1,
      // Timers of BullMQ would go on when closing fails: the lock is renewed by `take`.
      skipLockRenewal: true,
      lockDuration,
      stalledInterval: lockDuration,
      maxStalledCount: MOST_LOSSES,
      drainDelay: WAIT_SECONDS,
      runRetryDelay: RETRY_MS,
    })
    // A lost lock, a job that is gone: the part is done again by somebody, and nothing is lost.
    this.worker.on('error', () => {})
    this.worker.on('drained', () => this.hasNothingToDo())
  }

  hasNothingToDo(): void {
    if (!this.isBusy) this.idleSince ??= performance.now()
  }

  async run(): Promise<number> {
    const { io, over } = this
    const stop = () => over.abort()
    if (io.signal.aborted) stop()
    io.signal.addEventListener('abort', stop)
    const clock = setInterval(() => this.lookAtClock(), 100)
    const closed = new Promise<void>((resolve) => {
      const close = () => {
        // This ends the timer of the look for lost jobs, which closing alone does too late.
        this.worker.pause(true).catch(() => {})
        this.connection.close([this.worker]).then(resolve)
      }
      if (over.signal.aborted) close()
      else over.signal.addEventListener('abort', close)
    })
    this.takeJobs().catch((error) => {
      // When the work is over, that is what ends it.
      if (!over.signal.aborted) this.failure = { error }
      over.abort()
    })
    await closed
    clearInterval(clock)
    io.signal.removeEventListener('abort', stop)
    if (this.failure) throw this.failure.error
    this.say(`${this.done} ${this.done === 1 ? 'part' : 'parts'} done`)
    if (this.refusal !== null) {
      io.stderr.write(`forkcheck: refused: ${this.refusal}\n`)
      return EXIT.usage
    }
    return io.signal.aborted ? EXIT.interrupted : EXIT.ok
  }

  /** Takes one job after the other. @throws Error when BullMQ gives up. */
  private async takeJobs(): Promise<void> {
    // A second connection waits for jobs. Redis may go away before that one is there, too.
    const shown = shownUrl(this.options.redis)
    await unless(this.over.signal, this.worker.waitUntilReady()).catch((error) => {
      throw new UsageError(`--redis ${shown}: ${oneLine(error)}`)
    })
    if (this.over.signal.aborted) return
    this.say(`waiting for work from ${shown}`)
    await this.worker.run()
  }

  /** Ends the work when there has been none for long. */
  private lookAtClock(): void {
    const { idle } = this.options
    if (idle === undefined || this.idleSince === null) return
    if (performance.now() - this.idleSince > idle * 1000) this.over.abort()
  }

  /** @throws what tells BullMQ that the job is not done. */
  private async take(job: TakenJob, token: string | undefined): Promise<object> {
    const { WaitingError, UnrecoverableError } = this.libraries
    this.isBusy = true
    this.idleSince = null
    const stopRenewal = this.renew(job, token)
    try {
      const answer = await doPart({ ...this.io, signal: this.over.signal }, job.data, (name) =>
        this.say(`doing ${name}`),
      )
      if (answer.kind === 'done') {
        this.done++
        return answer.document
      }
      if (answer.kind === 'failed') throw new UnrecoverableError(answer.why)
      if (answer.kind === 'refused') this.refusal = answer.why
      // The worker closes from now on, so that it does not take the same job again.
      this.over.abort()
      await unless(AbortSignal.timeout(RETRY_MS * 4), job.moveToWait(token))
      throw new WaitingError()
    } finally {
      stopRenewal()
      this.isBusy = false
      if (this.connection.client.status !== 'ready') this.hasNothingToDo()
    }
  }

  /**
   * Says now and then that the job is being done, until the work is over.
   * @returns what ends that.
   */
  private renew(job: TakenJob, token = ''): () => void {
    const { signal } = this.over
    const milliseconds = this.options.lock * 1000
    const renewal = setInterval(() => {
      // A job that is lost is done again by another worker: see MOST_LOSSES.
      job.extendLock(token, milliseconds).catch(() => {})
    }, milliseconds / RENEWALS)
    const stop = () => {
      clearInterval(renewal)
      signal.removeEventListener('abort', stop)
    }
    signal.addEventListener('abort', stop)
    return stop
  }
}

interface TakenJob {
  readonly data: unknown
  moveToWait(token?: string): Promise<unknown>
  extendLock(token: string, milliseconds: number): Promise<unknown>
}
