/** `forkcheck reality trace`: what a kernel does, event by event, followed in the model. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Command } from 'commander'
import { modelSystem } from '../../reality/conform/run.js'
import { recordSave, type Save } from '../../reality/trace/bgsave.js'
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
  redis?: boolean
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
    .option('--redis', 'of a real BGSAVE, while keys are changed')
    .option('--mutant <name|file.mjs>', 'a model with a flaw: it must be rejected')
    .option('--record <file>', 'keep the traces')
    .option('--recorded <file>', 'judge traces that were kept, without a kernel')
    .option('--json', 'print one JSON document')
    .action(async (options: Options) => {
      checkOutputs(io, { '--record': options.record }, [options.recorded, options.image])
      if (options.redis && options.recorded)
        throw new UsageError('--redis records a trace: leave out --recorded')
      const save = options.redis ? await recordedSave(io, options) : null
      const traces = options.recorded
        ? keptIn(io, options.recorded)
        : (save?.traces ?? (await record(io, options)))
      const system = await mutantSystem(io, options.mutant)
      const judged = traces.map((trace) => ({ trace, verdict: judgeTrace(trace, system) }))
      if (options.json) printJson(io, documentOf(judged))
      else if (save) io.stdout.write(textOfSave(save, judged))
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

/** A BGSAVE of the Redis that is installed here, in a guest. */
function recordedSave(io: Io, { image }: Options): Promise<Save> {
  const folders = (io.env.PATH ?? '').split(delimiter)
  const program = folders.map((folder) => join(folder, 'redis-server')).find(existsSync)
  if (!program) throw new UsageError('Redis is not installed: apt-get install redis-server')
  return withMachine(io, { image, program }, (machine) => recordSave(machine, program))
}

function textOfSave({ redis, pages, leftOut, mappings }: Save, judged: readonly Judged[]): string {
  const sum = (of: (one: Judged) => number) => judged.reduce((all, one) => all + of(one), 0)
  const rejected = judged.filter(({ verdict }) => verdict.verdict !== 'accepted')
  const [first] = judged
  return [
    ...rejected.map(({ trace, verdict }) => textOf(trace, verdict)),
    `BGSAVE of Redis ${redis} (kernel ${first?.trace.kernel}): ${pages} pages of anonymous memory had faults; ${leftOut} of them left out, as they had no frame at fork or were removed`,
    `${pages - leftOut} pages followed in ${judged.length} groups, ${sum(({ verdict }) => verdict.letters)} letters: ${judged.length - rejected.length} groups accepted, ${rejected.length} rejected`,
    `mappings that the server made while its child was there: ${mappings}`,
    '',
  ].join('\n')
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
