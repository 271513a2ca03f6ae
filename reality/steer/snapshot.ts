/** A guest as it is when its helper waits, kept in a file: it begins again in a second. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { buildHelper, cacheFolder, kernelImage } from '../guest.js'
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

function snapshotFile({ image }: GuestOptions): string {
  const { path, version } = kernelImage(image)
  const key = createHash('sha256').update(readFileSync(path)).update(basename(buildHelper()))
  const name = version.replace(/[^\w.-]/g, '_')
  return join(cacheFolder(), `snapshot-${name}-${key.digest('hex').slice(0, 12)}`)
}

/** Where the addresses of a kernel's functions are kept. */
export const symbolsFile = (options: GuestOptions) => `${snapshotFile(options)}.symbols`

async function makeSnapshot(file: string, options: GuestOptions): Promise<void> {
  const guest = await startGuest({ ...options, gdb: true })
  const temporary = `${file}.${process.pid}.tmp`
  try {
    const gdb = await Gdb.connect(join(guest.folder, 'gdb'))
    gdb.resume()
    await guest.begun()
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
