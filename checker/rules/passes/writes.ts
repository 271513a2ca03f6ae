/**
 * Which variables a function may change, by its tree; and which names it may give to those that
 * hold names.
 */
import {
  type Binding,
  type Declaration,
  type Expression,
  fixedIndex,
  type RuleFunction,
} from '../tree.js'
import { forEach } from '../visit.js'

/** One element of a variable; index null means any of them. */
export interface Element {
  readonly variable: Declaration
  readonly index: number | null
}

/** A value is one of these numbers, or what one of these elements or parameters holds. */
export interface Origin {
  readonly numbers: readonly number[]
  readonly elements: readonly Element[]
  readonly parameters: readonly Binding[]
}

/** A value that a function may give to a variable; origin null means any value it can hold. */
export interface Write {
  readonly to: Element
  readonly origin: Origin | null
}

const known = new WeakMap<RuleFunction, readonly Write[]>()

/** Every write once, by way of the functions that are called too. */
export function writesOf(fn: RuleFunction): readonly Write[] {
  const found = known.get(fn)
  if (found) return found
  const writes = new Map<string, Write>()
  const add = (write: Write) => writes.set(writeKey(write), write)
  for (const statement of fn.body ?? [])
    forEach(statement, (node) => {
      if (node.kind === 'store' && node.variable.scalar.type === 'oneOf') {
        const { variable, indices, value } = node
        add({ to: { variable, index: fixedIndex(variable, indices) }, origin: originOf(value) })
      }
      if (node.kind === 'call')
        for (const { to, origin } of writesOf(node.callee))
          add({ to, origin: origin && handedOver(origin, node.callee, node.args) })
    })
  const all = [...writes.values()]
  known.set(fn, all)
  return all
}

/** Where a value comes from; null where that is not known. */
function originOf(node: Expression): Origin | null {
  switch (node.kind) {
    case 'constant':
      return origin([node.value])
    case 'lookUp':
      return origin(node.numbers ?? [])
    case 'load':
      return {
        ...origin([]),
        elements: [{ variable: node.variable, index: fixedIndex(node.variable, node.indices) }],
      }
    case 'local': {
      const { binding } = node
      if (binding.role === 'parameter') return { ...origin([]), parameters: [binding] }
      return binding.init && originOf(binding.init)
    }
    case 'conditional':
      return union([originOf(node.then), originOf(node.otherwise)])
    case 'call': {
      const returned = union(returnedBy(node.callee).map(originOf))
      return returned && handedOver(returned, node.callee, node.args)
    }
    default:
      return null
  }
}

function returnedBy({ body }: RuleFunction): readonly Expression[] {
  const values: Expression[] = []
  for (const statement of body ?? [])
    forEach(statement, (node) => {
      if (node.kind === 'return' && node.value) values.push(node.value)
    })
  return values
}

/** The origin of a value inside a called function, as seen by the caller. */
function handedOver(
  inside: Origin,
  { parameters }: RuleFunction,
  args: readonly Expression[],
): Origin | null {
  const { numbers, elements } = inside
  const given = inside.parameters.map((one) => originOf(args[parameters.indexOf(one)]))
  return union([{ numbers, elements, parameters: [] }, ...given])
}

function origin(numbers: readonly number[]): Origin {
  return { numbers, elements: [], parameters: [] }
}

function union(origins: readonly (Origin | null)[]): Origin | null {
  const all = origins.filter((one) => one !== null)
  if (all.length < origins.length) return null
  const elements = all.flatMap((one) => one.elements)
  return {
    numbers: [...new Set(all.flatMap((one) => one.numbers))],
    elements: [...new Map(elements.map((one) => [elementKey(one), one])).values()],
    parameters: [...new Set(all.flatMap((one) => one.parameters))],
  }
}

/** Equal texts mean equal elements. */
export function elementKey({ variable, index }: Element): string {
  return `${variable.path}#${index}`
}

function writeKey({ to, origin }: Write): string {
  if (!origin) return elementKey(to)
  const { numbers, elements, parameters } = origin
  const names = parameters.map(({ name }) => name)
  return `${elementKey(to)} ${[...numbers, ...elements.map(elementKey), ...names]}`
}

const stored = new WeakMap<RuleFunction, ReadonlySet<string>>()

/** The paths of all variables that a function may change, itself or by calls. */
export function storesOf(fn: RuleFunction): ReadonlySet<string> {
  const found = stored.get(fn)
  if (found) return found
  const paths = new Set<string>()
  for (const statement of fn.body ?? [])
    forEach(statement, (node) => {
      if (node.kind === 'store') paths.add(node.variable.path)
      if (node.kind === 'call') for (const path of storesOf(node.callee)) paths.add(path)
    })
  stored.set(fn, paths)
  return paths
}
