/** `forkcheck reality trace`: what a kernel does, event by event, followed in the model. */
import type { Command } from 'commander'
import { modelSystem } from '../../reality/conform/run.js'
import { lettersOf } from '../../reality/trace/parse.js'
import { traceScripts } from '../../reality/trace/scripts.js'
import {
  beginProbes,
  judgeTrace,
  type RecordedTrace,
  recordTrace,
} from '../../reality/trace/trace.js'
import type { TraceVerdict } from '../../reality/trace/validate.js'
import { EXIT, UsageError } from '../errors.js'
import { readJson } from '../files.js'
import { type Io, printJson } from '../io.js'
import { checkOutputs, writeText } from '../output-file.js'
import { withMachine } from '../reality-machine.js'
import { mutantSystem } from '../reality-mutant.js'

interface Options {
  image?: string
  mutant?: string
  record?: string
  recorded?: string
  json?: boolean
}

/** Adds the command. `exit` is called with the exit code. */
export function addTrace(reality: Command, io: Io, exit: (code: number) => void): void {
  reality
    .command('trace')
    .description('events of a running kernel: is each one that the model can make next?')
    .option('--image <bzImage>', 'another kernel in QEMU')
    .option('--mutant <name|file.mjs>', 'a model with a flaw: it must be rejected')
    .option('--record <file>', 'keep the traces')
    .option('--recorded <file>', 'judge traces that were kept, without a kernel')
    .option('--json', 'print one JSON document')
    .action(async (options: Options) => {
      checkOutputs(io, { '--record': options.record }, [options.recorded, options.image])
      const traces = options.recorded ? keptIn(io, options.recorded) : await record(io, options)
      const system = await mutantSystem(io, options.mutant)
      const judged = traces.map((trace) => ({ trace, verdict: judgeTrace(trace, system) }))
      if (options.json) printJson(io, documentOf(judged))
      else for (const { trace, verdict } of judged) io.stdout.write(textOf(trace, verdict))
      if (options.record) writeText(io, options.record, `${JSON.stringify(traces, null, 1)}\n`)
      exit(judged.every(({ verdict }) => verdict.verdict === 'accepted') ? EXIT.ok : EXIT.violated)
    })
}

function keptIn(io: Io, file: string): RecordedTrace[] {
  const traces = readJson(io, file)
  const isTraces = Array.isArray(traces) && traces.every((t) => Array.isArray(t?.events))
  if (!isTraces) throw new UsageError(`${file}: not a file of traces`)
  return traces
}

function record(io: Io, { image }: Options): Promise<RecordedTrace[]> {
  return withMachine(io, { image }, async (machine) => {
    await beginProbes(machine)
    const traces: RecordedTrace[] = []
    for (const script of traceScripts)
      traces.push(await recordTrace(machine, script, modelSystem()))
    return traces
  })
}

interface Judged {
  readonly trace: RecordedTrace
  readonly verdict: TraceVerdict
}

function documentOf(judged: readonly Judged[]): object {
  const traces = judged.map(({ trace: { name, kernel }, verdict }) => {
    const { letters, verdict: word, at, did, could } = verdict
    return { name, kernel, letters, verdict: word, ...(at === undefined ? {} : { at, did, could }) }
  })
  return { format: 1, traces }
}

function textOf(trace: RecordedTrace, verdict: TraceVerdict): string {
  const { name, kernel, events, sequence } = trace
  const head = `${name} (kernel ${kernel}): ${events.length} events, ${verdict.letters} letters`
  if (verdict.verdict === 'accepted') return `${head}: accepted, ${verdict.states} states fitted\n`
  const letters = lettersOf(events, sequence)
  const before = letters.slice(Math.max(0, (verdict.at ?? 0) - 5), verdict.at)
  return [
    `${head}: REJECTED at letter ${(verdict.at ?? 0) + 1}`,
    `  before: ${before.map(({ who, text }) => `${who} ${text}`).join(', ') || 'nothing'}`,
    `  the kernel did: ${verdict.did}`,
    `  the model could have done: ${verdict.could?.join(', ') || 'nothing that shows'}`,
    '',
  ].join('\n')
}
