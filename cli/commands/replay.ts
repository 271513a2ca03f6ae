/** `forkcheck replay`: a counterexample step by step, strictly. */
import type { Command } from 'commander'
import { expectedStatus, type Replayed, replayFile, untrueParts } from '../counterexample-file.js'
import { EXIT } from '../errors.js'
import { colorsFor, type Io, printJson } from '../io.js'
import { fileCommand, loadOutside, type OutsideOptions } from '../outside.js'

/** Adds the command. `exit` is called with the exit code. */
export function addReplay(program: Command, io: Io, exit: (code: number) => void): void {
  fileCommand(program, 'replay', 're-run a counterexample strictly, step by step')
    .option('--json', 'print one JSON document')
    .action(async (path: string, options: OutsideOptions & { json?: boolean }) => {
      const outside = await loadOutside(io, options)
      const replayed = replayFile(io, path, outside)
      if (options.json) printJson(io, replayDocument(path, replayed))
      else printReplay(io, replayed)
      exit(replayed.asExpected ? EXIT.ok : EXIT.violated)
    })
}

/** A replay as data. */
function replayDocument(
  path: string,
  { file, replay, asExpected, modelChanged }: Replayed,
): object {
  const { status, message, trace, violation, stale } = replay
  return {
    format: 1,
    file: path,
    ...(file.model ? { model: { ...file.model, changed: modelChanged } } : {}),
    system: file.system,
    scenario: file.scenario,
    mutant: file.mutant,
    property: file.property,
    expect: file.expect,
    status,
    asExpected,
    message,
    stepsRun: trace.states.length - 1,
    violation,
    stale,
  }
}

function printReplay(io: Io, { file, replay, asExpected, modelChanged }: Replayed): void {
  const colors = colorsFor(io.stdout, io.env)
  const { schedule, loopStart } = file
  const { trace, violation, stale } = replay
  const setting = [file.system, `scenario ${file.scenario}`, file.mutant && `mutant ${file.mutant}`]
  io.stdout.write(`${colors.bold(file.property)}   ${setting.filter(Boolean).join(', ')}\n\n`)
  const shown = stale ? stale.step : trace.schedule.length
  const width = String(schedule.length).length + 2
  schedule.slice(0, shown).forEach((label, i) => {
    const number = i + 1
    if (i === loopStart) io.stdout.write(`${''.padStart(width)}  again and again:\n`)
    const note =
      stale?.step === number
        ? colors.yellow('  <- not possible')
        : violation?.step === number
          ? colors.red(`  <- ${violation.property} fails`)
          : ''
    io.stdout.write(`${String(number).padStart(width)}  ${label}${note}\n`)
  })
  const color = asExpected ? colors.green : colors.red
  io.stdout.write(`\n${color(replay.status)}: ${replay.message}\n`)
  if (violation) io.stdout.write(`because ${violation.explanation}\n`)
  const untrue = replay.status === 'reproduces' ? untrueParts({ file, replay }) : []
  for (const part of untrue) io.stdout.write(`${colors.yellow('the file is not true')}: ${part}\n`)
  if (modelChanged)
    io.stdout.write(`${file.model?.file} has changed since this counterexample was written\n`)
  if (!asExpected) io.stdout.write(`expected: ${expectedStatus(file)}\n`)
}
