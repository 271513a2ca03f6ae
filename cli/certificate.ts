/** Certificate files, written run by run and read line by line: they may be large. */
import { closeSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import { fingerprint } from '../checker/certificate/certificate.js'
import type { StateGraph } from '../checker/graph/graph.js'
import {
  CERTIFICATE_FORMAT,
  type Certified,
  certificateOf,
  type Section,
} from '../runs/certificates.js'
import type { Outcome } from '../runs/run.js'
import type { AnyState } from '../runs/subject.js'
import { reason, UsageError } from './errors.js'
import type { Io } from './io.js'
import { OutputFile } from './output-file.js'
import { packageVersion } from './package.js'
import type { Plan } from './planned-check.js'

/** Lines that are written at once. */
const LINES = 10_000

/** A file of sections with their lists. `finish` puts it under its name. */
export class CertificateOutput {
  private readonly out: OutputFile

  /** @throws UsageError when it cannot be written: before anything is searched. */
  constructor(
    io: Io,
    readonly file: string,
    runs: number,
  ) {
    this.out = new OutputFile(io, file, '--certificate')
    const head = { certificate: CERTIFICATE_FORMAT, version: packageVersion(), runs }
    this.out.write(`${JSON.stringify(head)}\n`)
  }

  /** Adds what is claimed of one model. */
  put({ section, lines }: Certified): void {
    this.out.write(`${JSON.stringify(section)}\n`)
    for (let i = 0; i < lines.length; i += LINES)
      this.out.write(`${lines.slice(i, i + LINES).join('\n')}\n`)
  }

  /** Gives the file its name. @throws UsageError */
  finish(): void {
    this.out.finish()
  }

  /** Takes away what was written, when the runs have failed. */
  drop(): void {
    this.out.drop()
  }
}

/** The certificate of the runs of `check`. */
export class CertificateFile {
  private readonly out: CertificateOutput
  /** How many runs have a certificate. */
  certified = 0

  /** @throws UsageError when it cannot be written: before anything is searched. */
  constructor(
    io: Io,
    readonly file: string,
    private readonly plans: readonly Plan[],
  ) {
    this.out = new CertificateOutput(io, file, plans.length)
  }

  /** Adds what a run claims. */
  async add(
    outcome: Outcome,
    graph: StateGraph<AnyState> | null,
    { properties }: Plan,
  ): Promise<void> {
    const identity = await fingerprint(outcome.model)
    const certified = certificateOf(outcome, graph, identity, properties)
    if (certified.section.verdict !== 'incomplete') this.certified++
    this.out.put(certified)
  }

  /** Adds the runs that were not started, and gives the file its name. @throws UsageError */
  finish(notStarted: readonly number[]): void {
    for (const i of notStarted) {
      const { scenario, system, mutant } = this.plans[i].setup
      const about = { system: system.name, scenario: scenario.name, mutant: mutant?.name ?? null }
      const section: Section = { ...about, verdict: 'incomplete', reason: 'not started' }
      this.out.put({ section, lines: [] })
    }
    this.out.finish()
  }

  /** Takes away what was written, when the runs have failed. */
  drop(): void {
    this.out.drop()
  }
}

/** The lines of a file, one after the other. */
export class Lines {
  /** How many have been taken. */
  number = 0
  private readonly input: number
  private readonly piece = Buffer.alloc(1 << 20)
  private readonly decoder = new StringDecoder('utf8')
  private waiting: string[] = []
  private rest = ''
  private isOver = false

  /** @throws UsageError when it cannot be read. */
  constructor(
    io: Io,
    readonly file: string,
  ) {
    try {
      this.input = openSync(resolve(io.cwd, file), 'r')
      this.fill()
    } catch (error) {
      throw new UsageError(`${file}: ${reason(error)}`)
    }
  }

  /** The next line, or null when there is none. */
  next(): string | null {
    while (this.waiting.length === 0 && !this.isOver) this.fill()
    const line = this.waiting.pop()
    if (line === undefined) return null
    this.number++
    return line
  }

  /** The next lines. Lines that are not taken now can be taken later. */
  take(count: number): Iterable<string> {
    let left = count
    const next = () => (left-- > 0 ? this.next() : null)
    return {
      *[Symbol.iterator]() {
        for (let line = next(); line !== null; line = next()) yield line
      },
    }
  }

  close(): void {
    closeSync(this.input)
  }

  private fill(): void {
    const got = readSync(this.input, this.piece)
    this.rest += this.decoder.write(this.piece.subarray(0, got))
    const lines = this.rest.split('\n')
    this.rest = lines.pop() ?? ''
    if (got === 0) {
      this.isOver = true
      if (this.rest !== '') lines.push(this.rest)
    }
    this.waiting = lines.reverse()
  }
}
