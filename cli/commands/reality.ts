/** `forkcheck reality`: the model against running kernels. */
import type { Command } from 'commander'
import type { Io } from '../io.js'
import { addConfirm } from './reality-confirm.js'
import { addConform } from './reality-conform.js'
import { addDrive } from './reality-drive.js'
import { addKernel } from './reality-kernel.js'
import { addRace } from './reality-race.js'
import { addRedis } from './reality-redis.js'
import { addRealityReplay } from './reality-replay.js'
import { addTrace } from './reality-trace.js'

/** Adds the command. `exit` is called with the exit code. */
export function addReality(program: Command, io: Io, exit: (code: number) => void): void {
  const reality = program
    .command('reality')
    .description('the model against a running kernel and a running Redis')
  addConform(reality, io, exit)
  addTrace(reality, io, exit)
  addRealityReplay(reality, io, exit)
  addConfirm(reality, io, exit)
  addDrive(reality, io, exit)
  addKernel(reality, io, exit)
  addRedis(reality, io, exit)
  addRace(reality, io, exit)
}
