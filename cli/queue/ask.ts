/**
 * The asker: it puts the parts of a command's work into Redis, waits for their documents, and joins
 * them as `forkcheck merge` does. A part is known by what it is a part of, so asking again finds
 * what is there already: waiting, being done, or done.
 */
import { createHash } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { interrupted, UsageError } from '../errors.js'
import type { Io } from '../io.js'
import { ProgressLine } from '../progress.js'
import { merge, type ShardFile } from '../shards/merge.js'
import type { ShardHead } from '../shards/shard.js'
import { Connection, shownUrl, unless } from './connection.js'
import { digestsOf, type Job, nameOf, PREFIX, QUEUE, readJob } from './job.js'
import { queueLibraries } from './library.js'

/** What is asked for. */
export interface Ask {
  /** Of any part of it. */
  readonly head: ShardHead & Pick<Job, 'command'>
  readonly names: Job['names']
  /** An option that is undefined is not given. */
  readonly options: Readonly<Record<string, Job['options'][string] | undefined>>
  readonly quiet?: boolean
}

/** All parts, made one document, as one process would have printed it. */
export interface Whole {
  readonly parts: readonly ShardFile[]
  readonly document: object
  readonly code: number
}

/** Milliseconds between two looks at what is done. */
const PAUSE_MS = 200
/** Seconds without a worker after which the asker says so. */
const ALONE_SECONDS = 5
/** Looks at what is done between two counts of the workers. */
const LOOKS = 10

/**
 * Waits for workers to do all parts.
 * @returns null when the user interrupts: the parts stay in Redis, and asking again goes on.
 * @throws UsageError when Redis cannot be reached, or a part cannot be done.
 */
export async function askWorkers(io: Io, url: string, ask: Ask): Promise<Whole | null> {
  const shown = shownUrl(url)
  const jobs = jobsOf(io, ask)
  const libraries = await queueLibraries()
  const connection = await Connection.open(libraries, url, io.signal, {
    lost: () => io.stderr.write(`forkcheck: lost the connection to ${shown}; trying again\n`),
    back: () => io.stderr.write(`forkcheck: connected to ${shown} again\n`),
  })
  if (!connection) {
    interrupted(io)
    return null
  }
  const queue = new libraries.Queue(QUEUE, { connection: connection.client, prefix: PREFIX })
  queue.on('error', () => {})
  const asking = new Asking(io, queue, jobs, ask, shown)
  try {
    const parts = await asking.run()
    if (parts) return { parts, ...merge(parts) }
    interrupted(io, `${asking.done} of ${jobs.size} parts are done: the same command goes on`)
    return null
  } finally {
    await connection.close([queue])
  }
}

/** The jobs by the names that Redis knows them by, in the order of the parts. */
function jobsOf({ cwd }: Io, { head, names, options }: Ask): Map<string, Job> {
  const { command, version, rules, of, question } = head
  const given = Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
  const files = digestsOf(cwd, given)
  const whole = { format: 1, command, version, rules, names: [...names], options: given, files, of }
  const digest = createHash('sha256')
    .update(JSON.stringify([whole, question]))
    .digest('hex')
  const jobs = new Map<string, Job>()
  for (let number = 1; number <= of; number++)
    jobs.set(`${digest.slice(0, 32)}-${number}`, readJob({ ...whole, number }))
  return jobs
}

/** The part of BullMQ's queue that is used. */
interface Jobs {
  addBulk(
    jobs: { name: string; data: Job; opts: { jobId: string; stackTraceLimit: number } }[],
  ): Promise<unknown>
  getJob(id: string): Promise<StoredJob | undefined>
  getWorkersCount(): Promise<number>
}

interface StoredJob {
  readonly finishedOn?: number | null
  readonly failedReason?: string | null
  readonly returnvalue?: unknown
  remove(): Promise<unknown>
}

class Asking {
  private readonly start = performance.now()
  private readonly parts = new Map<string, unknown>()
  private readonly progress: ProgressLine
  /** Parts that were done before this asker came. */
  private before = 0
  private workers: number | null = null
  private hasSaidAlone = false
  private looks = 0

  constructor(
    private readonly io: Io,
    private readonly queue: Jobs,
    private readonly jobs: ReadonlyMap<string, Job>,
    private readonly ask: Ask,
    private readonly shown: string,
  ) {
    this.progress = new ProgressLine(io, ask.quiet ?? false, () => performance.now() / 1000)
  }

  get done(): number {
    return this.parts.size
  }

  /** @returns the documents in the order of the parts; null when the user interrupts. */
  async run(): Promise<ShardFile[] | null> {
    this.progress.begin(this.ask.head.command)
    try {
      const isAll = await unless(this.io.signal, this.collect())
      if (!isAll) return null
    } finally {
      this.progress.end()
    }
    await unless(this.io.signal, this.forget())
    return [...this.jobs].map(([id, job]) => ({ file: nameOf(job), json: this.parts.get(id) }))
  }

  /** @returns false when the user has interrupted. */
  private async collect(): Promise<boolean> {
    // A part that failed for an asker before may succeed now.
    await this.lookAtAll((job) => Promise.resolve(isFailed(job) ? job.remove() : undefined))
    await this.put([...this.jobs.keys()])
    await this.take()
    this.before = this.done
    while (this.done < this.jobs.size && !this.io.signal.aborted) {
      await this.show()
      await setTimeout(PAUSE_MS)
      await this.take()
    }
    return this.done === this.jobs.size
  }

  private async put(ids: readonly string[]): Promise<void> {
    await this.queue.addBulk(
      ids.map((id) => {
        const data = this.jobs.get(id) as Job
        // A job that is there already stays as it is.
        return { name: data.command, data, opts: { jobId: id, stackTraceLimit: 0 } }
      }),
    )
  }

  /** Takes what has been done, and puts back what a Redis has lost. @throws UsageError */
  private async take(): Promise<void> {
    const lost: string[] = []
    await this.lookAtAll(
      async (job, id) => {
        if (isFailed(job)) throw this.failure(id, job.failedReason)
        if (job.finishedOn) this.parts.set(id, this.checked(id, job.returnvalue))
      },
      (id) => lost.push(id),
    )
    if (lost.length > 0) await this.put(lost)
  }

  /** Looks at all jobs that are not done. */
  private async lookAtAll(
    look: (job: StoredJob, id: string) => Promise<unknown>,
    missing: (id: string) => void = () => {},
  ): Promise<void> {
    const waiting = [...this.jobs.keys()].filter((id) => !this.parts.has(id))
    await Promise.all(
      waiting.map(async (id) => {
        const job = await this.queue.getJob(id)
        if (job) await look(job, id)
        else missing(id)
      }),
    )
  }

  /** The document of a part. @throws UsageError when it is of something else. */
  private checked(id: string, document: unknown): unknown {
    const { head } = this.ask
    const shard = (document as { shard?: Partial<ShardHead> } | null)?.shard
    const isOurs =
      shard?.number === this.jobs.get(id)?.number &&
      shard?.rules === head.rules &&
      JSON.stringify(shard?.question) === JSON.stringify(head.question)
    if (isOurs) return document
    throw this.failure(id, 'the answer is to another question')
  }

  private failure(id: string, why: string | null | undefined): UsageError {
    const job = this.jobs.get(id) as Job
    return new UsageError(`${nameOf(job)} cannot be done: ${(why ?? '').replace(/\s*\n\s*/g, ' ')}`)
  }

  /** Removes the jobs: their documents are here now. */
  private async forget(): Promise<void> {
    await Promise.all(
      [...this.jobs.keys()].map(async (id) => {
        const job = await this.queue.getJob(id)
        // A worker that was thought dead may still be doing it: then it stays.
        await job?.remove().catch(() => {})
      }),
    )
  }

  private async show(): Promise<void> {
    const seconds = (performance.now() - this.start) / 1000
    if (this.looks++ % LOOKS === 0)
      this.workers = await this.queue.getWorkersCount().catch(() => null)
    if (this.workers === 0 && seconds > ALONE_SECONDS && !this.hasSaidAlone) {
      this.hasSaidAlone = true
      this.io.stderr.write(
        `forkcheck: no worker is there yet: start \`forkcheck work --redis ${this.shown}\`\n`,
      )
    }
    this.progress.show({ count: this.done, text: () => this.words(seconds) })
  }

  /** How far it is, how fast, and how long it will take. */
  private words(seconds: number): string {
    const [all, since] = [this.jobs.size, this.done - this.before]
    const perMinute = (60 * since) / Math.max(seconds, 0.001)
    const left =
      since === 0 ? '' : `, about ${duration((all - this.done) / (since / seconds))} left`
    const workers = this.workers === null ? '' : `, ${this.workers} workers`
    return `${this.done} of ${all} parts, ${perMinute.toFixed(1)}/min${left}${workers}`
  }
}

const isFailed = (job: StoredJob) => Boolean(job.finishedOn) && Boolean(job.failedReason)

/** A time for people. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}
