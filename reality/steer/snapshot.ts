/** A guest as it is when its helper waits, kept in a file: it begins again in a second. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildHelper, guestFolder, kernelImage } from '../guest.js'
import { type Guest, type GuestOptions, MachineError, startGuest } from '../machine.js'
import { Gdb } from './gdb.js'

/** A guest that is held by its stub. */
export interface HeldGuest {
  readonly guest: Guest
  readonly gdb: Gdb
}

/** Starts a held guest from the snapshot of its kernel and helper, which is made if there is none. */
export async function heldGuest(options: GuestOptions = {}): Promise<HeldGuest> {
  const file = snapshotFile(options)
  if (!existsSync(file)) await makeSnapshot(file, options)
  const guest = await startGuest({ ...options, gdb: true, more: ['-incoming', `exec:cat ${file}`] })
  const gdb = await Gdb.connect(join(guest.folder, 'gdb'))
  for (let i = 0; i < 2000; i++) {
    if (!/inmigrate/.test(await gdb.monitor('info status'))) return { guest, gdb }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new MachineError('the snapshot cannot be read')
}

/** Where it is kept. */
export function snapshotFile({ image, processors = 2 }: GuestOptions): string {
  const { path, version } = kernelImage(image)
  const parts = [readFileSync(path), basename(buildHelper()), `${processors}`]
  const key = createHash('sha256')
  for (const part of parts) key.update(part)
  const name = version.replace(/[^\w.-]/g, '_')
  return join(guestFolder(), `snapshot-${name}-${key.digest('hex').slice(0, 12)}`)
}

/** A snapshot that a guest cannot go on from is made again. */
export function forgetSnapshot(options: GuestOptions): void {
  rmSync(snapshotFile(options), { force: true })
}

/** Work of the kernel that booting has begun comes to its end. */
const SETTLE_MS = 2000

async function makeSnapshot(file: string, options: GuestOptions): Promise<void> {
  const guest = await startGuest({ ...options, gdb: true })
  const temporary = `${file}.${process.pid}.tmp`
  try {
    const gdb = await Gdb.connect(join(guest.folder, 'gdb'))
    gdb.resume()
    await guest.begun()
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
    gdb.interrupt()
    await gdb.stopped()
    await gdb.monitor('migrate_set_parameter max-bandwidth 10g')
    await gdb.monitor(`migrate "exec:cat > ${temporary}"`)
    for (let i = 0; ; i++) {
      const said = await gdb.monitor('info migrate')
      if (/status: completed/.test(said)) break
      if (/status: failed/.test(said) || i > 6000)
        throw new MachineError(`no snapshot: ${said.trim().split('\n').at(-1)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    renameSync(temporary, file)
  } finally {
    guest.close()
    rmSync(temporary, { force: true })
  }
}
