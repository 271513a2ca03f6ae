/**
 * States as a certificate has them: a text with a digit or more for each
 * variable. The packing is derived
 * from the declaration of the variables alone, and shares no code with the one that searches use.
 */
import type { LayoutNode, Scalar } from '../state/layout.js'

/** A variable of the plain state: where it stands, and how its values are written. */
interface Slot {
  readonly owner: Record<string | number, unknown>
  readonly key: string | number
  readonly path: string
  readonly scalar: Scalar
  /** Names as numbers, of a variable that holds names. */
  readonly numbers: ReadonlyMap<unknown, number>
  /** How many digits a value has. */
  readonly digits: number
}

/** In the order of their character codes, so that texts are in order when their values are. */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const BASE = DIGITS.length
const VALUES = new Map([...DIGITS].map((digit, i) => [digit, i]))

/** One plain state that rules can read and change, and the texts of its values. */
export class Packing<S> {
  /** The plain state, for conditions. To read what does not exist is an error. */
  readonly state: S
  /** The same state for effects: to write what a variable cannot hold is an error at once. */
  readonly scratch: S
  private readonly slots: Slot[] = []
  private readonly root: LayoutNode
  private readonly codes: number[]

  constructor(root: LayoutNode) {
    this.root = root
    const { plain, checked } = this.build(root)
    this.state = plain as S
    this.scratch = checked as S
    this.codes = new Array(this.slots.reduce((sum, { digits }) => sum + digits, 0)).fill(0)
  }

  /** Makes the state equal to another plain one. @throws RangeError when a part is missing. */
  set(values: S): void {
    copy(this.root, values, this.state)
  }

  /** The values of the state as they are, in the order of declaration. */
  values(): unknown[] {
    return this.slots.map(({ owner, key }) => owner[key])
  }

  /** Puts such values back. */
  restore(values: readonly unknown[]): void {
    const { slots } = this
    for (let i = 0; i < values.length; i++) slots[i].owner[slots[i].key] = values[i]
  }

  /** The state as a text. @throws RangeError on a value outside its range. */
  pack(): string {
    const { slots, codes } = this
    let end = 0
    for (let i = 0; i < slots.length; i++) {
      const { owner, key, digits } = slots[i]
      let number = numberIn(slots[i], owner[key])
      for (let digit = end + digits - 1; digit >= end; digit--) {
        codes[digit] = DIGITS.charCodeAt(number % BASE)
        number = Math.floor(number / BASE)
      }
      end += digits
    }
    return String.fromCharCode(...codes)
  }

  /** Makes the state what a text says. @throws RangeError when it is not the text of a state. */
  unpack(text: string): void {
    const { slots, codes } = this
    if (text.length !== codes.length)
      throw new RangeError(`it has ${text.length} digits instead of ${codes.length}`)
    let end = 0
    for (let i = 0; i < slots.length; i++) {
      const { owner, key, path, scalar, digits } = slots[i]
      let number = 0
      for (const start = end; end < start + digits; end++) {
        const digit = VALUES.get(text[end])
        if (digit === undefined) throw new RangeError(`its digit ${end + 1} is none`)
        number = number * BASE + digit
      }
      if (number > scalar.max - scalar.min) throw new RangeError(`${path} has no value ${number}`)
      owner[key] = valueIn(scalar, number)
    }
  }

  private build(node: LayoutNode): { plain: unknown; checked: unknown } {
    if (node.kind === 'constant') {
      const value = frozen(node.value)
      return { plain: value, checked: value }
    }
    if (node.kind === 'leaf') throw new RangeError('a state is a record or a list')
    const isList = node.kind === 'list'
    const names = isList ? Array.from({ length: node.length }, (_, i) => i) : node.fields.keys()
    const [owner, view] = isList
      ? [Object.setPrototypeOf([], LISTS), Object.setPrototypeOf([], LISTS)]
      : [Object.create(RECORDS), Object.create(RECORDS)]
    for (const name of names) {
      const part = isList ? node.element : (node.fields.get(String(name)) as LayoutNode)
      if (part.kind === 'leaf') {
        const { scalar } = part.leaf
        const slot = { owner, key: name, path: part.path, ...written(scalar) }
        this.slots.push(slot)
        owner[name] = valueIn(scalar, 0)
        const get = () => owner[name]
        const set = (value: unknown) => {
          numberIn(slot, value)
          owner[name] = value
        }
        Object.defineProperty(view, name, { get, set, enumerable: true })
      } else {
        const { plain, checked } = this.build(part)
        owner[name] = plain
        Object.defineProperty(view, name, { value: checked, enumerable: true })
      }
    }
    return { plain: Object.seal(owner), checked: Object.seal(view) }
  }
}

/** How the values of a variable are written. */
function written(scalar: Scalar): Pick<Slot, 'scalar' | 'numbers' | 'digits'> {
  let digits = scalar.max > scalar.min ? 1 : 0
  while (BASE ** digits <= scalar.max - scalar.min) digits++
  return { scalar, numbers: new Map(scalar.names.map((name, i) => [name, i])), digits }
}

/** A value as a number from 0 on. @throws RangeError for one that is not allowed. */
function numberIn(slot: Slot, value: unknown): number {
  const number = numberOf(slot, value)
  if (number < 0) throw new RangeError(`${slot.path} cannot hold ${String(value)}`)
  return number
}

function numberOf({ scalar: { type, min, max }, numbers }: Slot, value: unknown): number {
  if (type === 'oneOf') return numbers.get(value) ?? -1
  if (type === 'flag') return value === false ? 0 : value === true && max === 1 ? 1 : -1
  const isIn = Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  return isIn ? (value as number) - min : -1
}

function valueIn({ type, min, names }: Scalar, number: number): unknown {
  if (type === 'flag') return number === 1
  return type === 'oneOf' ? names[number] : number + min
}

function copy(node: LayoutNode, from: unknown, to: unknown): void {
  if (node.kind === 'constant' || node.kind === 'leaf') return
  const [source, target] = [from, to] as Record<string | number, unknown>[]
  if (source === undefined) throw new RangeError(`${node.path} is missing`)
  const put = (key: string | number, part: LayoutNode) => {
    if (part.kind === 'leaf') target[key] = source[key]
    else copy(part, source[key], target[key])
  }
  if (node.kind === 'record') for (const [key, part] of node.fields) put(key, part)
  else for (let i = 0; i < node.length; i++) put(i, node.element)
}

/** Stands behind all records, or all lists: to ask for what does not exist is an error. */
function guardOf(prototype: object): object {
  return new Proxy(prototype, {
    get(parent, key, receiver) {
      if (typeof key === 'string' && !(key in parent)) throw new RangeError(`there is no ${key}`)
      return Reflect.get(parent, key, receiver)
    },
  })
}

const RECORDS = guardOf(Object.prototype)
const LISTS = guardOf(Array.prototype)

/** A constant as rules see it: it cannot be changed, and its lists of values end where they end. */
function frozen(value: unknown): unknown {
  if (Array.isArray(value)) {
    const elements = value.map(frozen)
    const hasGroups = elements.some((element) => typeof element === 'object')
    return Object.freeze(hasGroups ? elements : Object.setPrototypeOf(elements, LISTS))
  }
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, part]) => [key, frozen(part)])),
  )
}
