/** The machine that a `reality` command works on, closed in every case. */
import { MissingPartError } from '../reality/guest.js'
import { guestMachine, hostMachine, type Machine, MachineError } from '../reality/machine.js'
import { NotRecordedError, type Recording, recorded, recording } from '../reality/recorded.js'
import { UsageError } from './errors.js'
import { readJson } from './files.js'
import type { Io } from './io.js'
import { checkOutputs, writeText } from './output-file.js'

export interface MachineOptions {
  /** The host's kernel. */
  readonly host?: boolean
  /** A bzImage for QEMU. */
  readonly image?: string
  /** A program that the guest has, by its path here. */
  readonly program?: string
  /** A file of answers to work with instead of a kernel. */
  readonly recorded?: string
  /** A file that answers are written to. */
  readonly record?: string
}

/** Runs something on a guest, on the host or on a recording. @throws UsageError */
export async function withMachine<T>(
  io: Io,
  options: MachineOptions,
  work: (machine: Machine) => Promise<T>,
): Promise<T> {
  checkOutputs(io, { '--record': options.record }, [options.recorded, options.image])
  let machine: Machine | null = null
  try {
    machine = await machineOf(io, options)
    if (options.record === undefined) return await work(machine)
    const recorder = recording(machine)
    const result = await work(recorder.machine)
    writeText(io, options.record, `${JSON.stringify(recorder.recording(), null, 1)}\n`)
    return result
  } catch (error) {
    if (error instanceof MissingPartError) throw new UsageError(error.message)
    if (error instanceof NotRecordedError)
      throw new UsageError(`${options.recorded}: ${error.message}`)
    if (!(error instanceof MachineError)) throw error
    const printed = machine?.console().trim().split('\n').slice(-3).join(' | ') ?? ''
    throw new UsageError(`${error.message}${printed ? `: ${printed}` : ''}`)
  } finally {
    machine?.close()
  }
}

async function machineOf(io: Io, { host, image, program, recorded: file }: MachineOptions) {
  if (file === undefined) return host ? hostMachine() : guestMachine({ image, program })
  const recording = readJson(io, file) as Recording
  if (recording.format !== 1 || !Array.isArray(recording.requests))
    throw new UsageError(`${file}: not a recording of format 1`)
  return recorded(recording)
}
