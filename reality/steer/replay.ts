/** A story of the checker, driven on a running kernel. */
import { Driver, type Outcome, type Story } from './driver.js'
import type { Deed } from './flaws.js'
import { GdbError } from './gdb.js'
import { hostPlace } from './place.js'
import { Player } from './player.js'
import { PROCESSORS } from './runners.js'
import { forgetSnapshot, heldGuest, snapshotFile } from './snapshot.js'
import { helperSymbols, kernelSymbols } from './symbols.js'

export interface Driven extends Outcome {
  readonly log: readonly string[]
  readonly kernel: string
  readonly seconds: number
}

/** How often a guest that goes, or threads that do not begin, are tried again. */
const ATTEMPTS = 3

/** Drives a story. @throws MachineError, GdbError, MissingPartError */
export async function driveStory(
  story: Story,
  deeds: readonly Deed[],
  { image }: { readonly image?: string },
): Promise<Driven> {
  const options = { processors: PROCESSORS, ...(image ? { image } : {}) }
  for (let attempt = 1; ; attempt++)
    try {
      const driven = await driveOnce(story, deeds, options)
      const again = attempt > 1 ? [`attempt ${attempt}: the guest went before`] : []
      return { ...driven, log: [...again, ...driven.log] }
    } catch (error) {
      if (!(error instanceof GdbError) || attempt === ATTEMPTS) throw error
      if (attempt === ATTEMPTS - 1) forgetSnapshot(options)
    }
}

async function driveOnce(
  story: Story,
  deeds: readonly Deed[],
  options: { readonly processors: number; readonly image?: string },
): Promise<Driven> {
  const kernel = await kernelSymbols(snapshotFile(options), options)
  const { guest, gdb } = await heldGuest(options)
  const begun = Date.now()
  const driver = new Driver(story)
  try {
    const [first] = story.states
    const { pages, pagesPerTable } = first.geometry
    const { scale } = driver
    const lines = [...story.vmas, ...driver.lines(), 'end']
    guest.tell([`steer ${pages} ${pagesPerTable} ${scale}`, ...lines])
    const where = { base: hostPlace(pagesPerTable * scale), pages, scale }
    const player = new Player(gdb, kernel, helperSymbols(), driver.runners, where, deeds)
    const result = await driver.drive(player)
    const seconds = (Date.now() - begun) / 1000
    return { ...result, log: player.log, kernel: guest.kernel, seconds }
  } catch (error) {
    const [line = ''] = guest.console().trim().split('\n').slice(-1)
    if (error instanceof GdbError && line) throw new GdbError(`${error.message}: ${line}`)
    throw error
  } finally {
    gdb.close()
    guest.close()
  }
}
