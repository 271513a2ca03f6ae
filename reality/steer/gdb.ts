/**
 * A client of QEMU's gdb stub: as much of the remote serial protocol (GDB manual, appendix E) as
 * holding virtual processors at functions needs.
 */
import net from 'node:net'

const REGISTERS = [
  ...['rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp'],
  ...['r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15', 'rip'],
] as const
/** Numbers of eflags and CR3 in the target description of x86-64. */
const EFLAGS = 17
const CR3 = 29
const INTERRUPTS = 0x200

export type Registers = Readonly<Record<(typeof REGISTERS)[number], bigint>>

/** Where a processor has stopped; `late` when it met no breakpoint in time. */
export interface Stop {
  readonly cpu: string
  readonly registers: Registers
  readonly late: boolean
}

/** Raised when the stub is gone or refuses. */
export class GdbError extends Error {
  override readonly name = 'GdbError'
}

const hex = (value: bigint | number) => value.toString(16)
const littleEndian = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value))
  return bytes.toString('hex')
}

export class Gdb {
  private text = ''
  private readonly packets: string[] = []
  private waiting: ((packet: string | null) => void) | null = null
  private isClosed = false
  readonly breakpoints = new Set<bigint>()
  /** Stops of processors that came to a breakpoint at the same time as another one. */
  private readonly alsoStopped: Stop[] = []

  private constructor(private readonly socket: net.Socket) {
    socket.setNoDelay(true)
    socket.on('data', (data) => {
      this.text += data.toString('latin1')
      this.receive()
    })
    for (const event of ['close', 'error'])
      socket.on(event, () => {
        this.isClosed = true
        this.waiting?.(null)
      })
  }

  /** Connects to a stub at a socket. @throws GdbError */
  static async connect(path: string): Promise<Gdb> {
    for (let i = 0; i < 400; i++) {
      const socket = await new Promise<net.Socket | null>((resolve) => {
        const attempt = net.connect(path)
        attempt.once('connect', () => resolve(attempt))
        attempt.once('error', () => resolve(null))
      })
      if (socket) {
        const gdb = new Gdb(socket)
        // Without it QEMU refuses single registers.
        await gdb.ask('qXfer:features:read:target.xml:0,ff0')
        return gdb
      }
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new GdbError('no stub at the socket')
  }

  private receive(): void {
    for (;;) {
      const start = this.text.indexOf('$')
      const end = this.text.indexOf('#', start)
      if (start < 0 || end < 0 || this.text.length < end + 3) return
      const packet = this.text.slice(start + 1, end)
      this.text = this.text.slice(end + 3)
      this.socket.write('+')
      if (this.waiting) this.waiting(packet)
      else this.packets.push(packet)
    }
  }

  private send(packet: string): void {
    let sum = 0
    for (let i = 0; i < packet.length; i++) sum = (sum + packet.charCodeAt(i)) & 255
    this.socket.write(`$${packet}#${sum.toString(16).padStart(2, '0')}`)
  }

  /** The next packet; undefined after `ms`, null when the stub is gone. */
  private next(ms?: number): Promise<string | null | undefined> {
    const packet = this.packets.shift()
    if (packet !== undefined) return Promise.resolve(packet)
    if (this.isClosed) return Promise.resolve(null)
    return new Promise((resolve) => {
      const timer = ms === undefined ? null : setTimeout(() => done(undefined), ms)
      const done = (packet: string | null | undefined) => {
        if (timer) clearTimeout(timer)
        this.waiting = null
        resolve(packet)
      }
      this.waiting = done
    })
  }

  private async ask(packet: string): Promise<string> {
    this.send(packet)
    const answer = await this.next()
    if (answer === null || answer === undefined) throw new GdbError('the guest has gone')
    return answer
  }

  async breakAt(address: bigint): Promise<void> {
    if (this.breakpoints.has(address)) return
    if ((await this.ask(`Z0,${hex(address)},1`)) !== 'OK') throw new GdbError('no breakpoint')
    this.breakpoints.add(address)
  }

  async clear(address: bigint): Promise<void> {
    if (this.breakpoints.delete(address)) await this.ask(`z0,${hex(address)},1`)
  }

  async clearAll(): Promise<void> {
    for (const address of [...this.breakpoints]) await this.clear(address)
  }

  /** Stops a processor at the next store to eight bytes; or no longer. */
  async watch(address: bigint, on: boolean): Promise<void> {
    await this.ask(`${on ? 'Z' : 'z'}2,${hex(address)},8`)
  }

  async registers(cpu: string): Promise<Registers> {
    await this.ask(`Hg${cpu}`)
    const all = await this.ask('g')
    const value = (i: number) =>
      Buffer.from(all.slice(i * 16, i * 16 + 16), 'hex').readBigUInt64LE()
    return Object.fromEntries(REGISTERS.map((name, i) => [name, value(i)])) as Registers
  }

  async setRegister(cpu: string, name: keyof Registers, value: bigint): Promise<void> {
    await this.ask(`Hg${cpu}`)
    await this.ask(`P${hex(REGISTERS.indexOf(name))}=${littleEndian(value)}`)
  }

  async cr3(cpu: string): Promise<bigint> {
    await this.ask(`Hg${cpu}`)
    return Buffer.from(await this.ask(`p${hex(CR3)}`), 'hex').readBigUInt64LE()
  }

  /** A processor takes no interrupts from now on. */
  async withoutInterrupts(cpu: string): Promise<void> {
    await this.ask(`Hg${cpu}`)
    const flags = Buffer.from(await this.ask(`p${hex(EFLAGS)}`), 'hex').readUInt32LE()
    await this.ask(`P${hex(EFLAGS)}=${littleEndian(BigInt(flags & ~INTERRUPTS)).slice(0, 8)}`)
  }

  /** Empties a processor's TLB: CR3 is written with the value it has. */
  async emptyTlb(cpu: string): Promise<void> {
    const value = await this.cr3(cpu)
    await this.ask(`P${hex(CR3)}=${littleEndian(value)}`)
  }

  /** Eight bytes of the memory that a processor sees; null where nothing is mapped. */
  async read(cpu: string, address: bigint): Promise<bigint | null> {
    await this.ask(`Hg${cpu}`)
    const answer = await this.ask(`m${hex(address)},8`)
    return answer.startsWith('E') ? null : Buffer.from(answer, 'hex').readBigUInt64LE()
  }

  async write(cpu: string, address: bigint, value: bigint): Promise<void> {
    await this.ask(`Hg${cpu}`)
    await this.ask(`M${hex(address)},8:${littleEndian(value)}`)
  }

  /** A command of QEMU's monitor. */
  async monitor(command: string): Promise<string> {
    this.send(`qRcmd,${Buffer.from(command).toString('hex')}`)
    let said = ''
    for (;;) {
      const packet = await this.next()
      if (packet === null || packet === undefined) throw new GdbError('the guest has gone')
      if (packet === 'OK' || packet === '') return said
      if (packet[0] === 'O') said += Buffer.from(packet.slice(1), 'hex').toString()
      else return said
    }
  }

  /** The faulting address of a processor. */
  async cr2(cpu: string): Promise<bigint> {
    const said = await this.monitor('info registers -a')
    const all = [...said.matchAll(/CR2=([0-9a-f]+)/g)]
    return BigInt(`0x${all[Number(cpu) - 1][1]}`)
  }

  /**
   * Lets some processors go until one meets a breakpoint; the others stay where they are.
   * @returns where it stopped, `late` after `ms`.
   * @throws GdbError when the guest has gone.
   */
  async go(cpus: readonly string[], ms: number): Promise<Stop> {
    const also = this.alsoStopped.shift()
    if (also) return also
    for (const cpu of cpus) await this.stepOff(cpu)
    this.send(`vCont;${cpus.map((cpu) => `c:${cpu}`).join(';')}`)
    let answer = await this.next(ms)
    const isLate = answer === undefined
    if (isLate) {
      this.socket.write('\x03')
      answer = await this.next(10_000)
    }
    const cpu = /thread:([0-9a-f]+)/.exec(answer ?? '')?.[1]
    if (cpu === undefined) throw new GdbError('the guest has gone')
    for (const other of cpus.filter((one) => one !== cpu)) {
      const registers = await this.registers(other)
      if (this.breakpoints.has(registers.rip))
        this.alsoStopped.push({ cpu: other, registers, late: false })
    }
    const registers = await this.registers(cpu)
    return { cpu, registers, late: isLate && !this.breakpoints.has(registers.rip) }
  }

  private async stepOff(cpu: string): Promise<void> {
    const { rip } = await this.registers(cpu)
    if (!this.breakpoints.has(rip)) return
    await this.ask(`z0,${hex(rip)},1`)
    // A loop of one instruction stays where it is.
    for (let i = 0; i < 3 && (await this.registers(cpu)).rip === rip; i++)
      await this.ask(`vCont;s:${cpu}`)
    await this.ask(`Z0,${hex(rip)},1`)
  }

  /** All processors go on. */
  resume(): void {
    this.send('vCont;c')
  }

  /** Asks running processors to stop. */
  interrupt(): void {
    this.socket.write('\x03')
  }

  /** Waits until they have. */
  async stopped(): Promise<void> {
    await this.next()
  }

  close(): void {
    this.socket.destroy()
  }
}
