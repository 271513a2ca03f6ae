/** A conformance run in words and as data. */

import { abstractions } from './abstractions.js'
import type { Conformance } from './conform.js'
import type { SequenceResult } from './run.js'
import type { Sequence, Step } from './sequence.js'

/** The document of `reality conform --json`. */
export function conformDocument(found: Conformance): object {
  return {
    format: 1,
    kernel: found.kernel,
    sequences: found.sequences,
    steps: found.steps,
    equal: found.equal,
    documented: [...found.documented].map(([abstraction, times]) => ({ abstraction, times })),
    different: found.different.map((result) => ({
      sequence: startText(result.sequence),
      step: result.at + 1,
      what: result.differences.join('; '),
      steps: result.sequence.steps.map(stepText),
    })),
  }
}

/** The lines for a person. */
export function conformText(found: Conformance): string {
  const lines = [
    `kernel ${found.kernel}: ${found.sequences} sequences, ${found.steps} operations; ` +
      `${found.equal} sequences equal to the end, ${found.different.length} different`,
    `operations: ${[...found.operations].map(([name, n]) => `${name} ${n}`).join(', ')}`,
    '',
    'Documented abstractions (steps that made use of one):',
  ]
  for (const { name, reason } of abstractions)
    lines.push(
      `  ${String(found.documented.get(name as never) ?? 0).padStart(6)}  ${name}: ${reason}`,
    )
  for (const result of found.different) lines.push('', ...differenceText(result))
  return `${lines.join('\n')}\n`
}

function differenceText({ sequence, steps, differences, at }: SequenceResult): string[] {
  const lines = [
    `DIFFERENT: sequence ${sequence.name}, made small`,
    `  start: ${startText(sequence)}`,
  ]
  sequence.steps.forEach((step, i) => {
    const log = steps[i]
    const mark = i === at ? '>' : ' '
    if (!log) return
    const { seen } = log
    const kernel = seen.fault ? 'SIGSEGV' : seen.error ? `error ${seen.error}` : 'done'
    lines.push(`  ${mark} ${i + 1} ${stepText(step)}`)
    lines.push(`      kernel: ${kernel}${seen.faults ? `, ${seen.faults} faults` : ''}`)
    lines.push(`      model:  ${log.rules.join(' ') || 'nothing to do'}`)
  })
  for (const difference of differences) lines.push(`  differs: ${difference}`)
  return lines
}

function stepText({ who, op }: Step): string {
  const { do: name, ...rest } = op as { do: string } & Record<string, unknown>
  const fields = Object.entries(rest).map(([key, value]) => `${key} ${value}`)
  return `${who} ${name}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`
}

function startText({ pages, pagesPerTable, scale, vmas }: Sequence): string {
  const each = vmas.map(
    ({ from, to, write, same, populated }) =>
      `${from}-${to} ${write ? 'rw' : 'r'}${same ? ' same' : ''} populated ${populated.join(' ') || 'none'}`,
  )
  return `${pages} pages, ${pagesPerTable} to a table${scale > 1 ? `, each ${scale} real pages` : ''}; ${each.join('; ')}`
}
