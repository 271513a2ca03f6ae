/**
 * A subject is a family of models with everything that the commands need: to check, simulate,
 * shrink and replay them, to write stories, to explore and compare them. The fork machine is one
 * subject. A file with a model of the user's own is another; all but the model has a default.
 */
import type { Action, Model, PropertyResult } from '../checker/model.js'
import type { Routines } from './control-flow.js'
import type { Picture } from './drawing.js'

/** A state of a model whose variables are known to its layout only. */
// biome-ignore lint/suspicious/noExplicitAny: every model has states of its own type
export type AnyState = any

/** One way to do it: a system, or a variant of a protocol. */
export interface SystemInfo {
  readonly name: string
  /** One sentence. */
  readonly says: string
}

/** A setting: sizes, programs, failures. Its other fields are data. */
export interface ScenarioInfo {
  readonly name: string
  readonly says: string
  /** Situations that must be reached, by the names of `sometimes` properties. */
  readonly reaches?: readonly string[]
}

/** A system with one thing done wrong. */
export interface MutantInfo {
  readonly name: string
  /** The system that it changes. */
  readonly system: string
  /** The mistake, in one sentence. */
  readonly says: string
  /** The scenario in which it shows; empty for one that does not say. */
  readonly scenario: string
  /** The properties that must catch it. */
  readonly breaks: readonly string[]
  /** A documented bug, a candidate seen in published source, or one thought up. */
  readonly origin: 'documented' | 'confirmed' | 'candidate' | 'synthetic'
  readonly source: string
  /** The change that it is made on top of: it is a mutant of a system that is repaired. */
  readonly on?: MutantInfo
  /** It is no mistake: it repairs its system. */
  readonly repairs?: true
}

/** The parts of a property that can be printed. */
export interface PropertyInfo {
  readonly name: string
  readonly kind: PropertyResult['kind']
  readonly says: string
}

/** A system in a scenario, perhaps with a mutant. */
export interface Setup {
  /** The family that the parts below belong to. Default: the fork machine. */
  readonly subject?: Subject
  readonly scenario: ScenarioInfo
  readonly system: SystemInfo
  readonly mutant?: MutantInfo
  /** The mutant comes from outside: its functions are interpreted. Default false. */
  readonly foreign?: boolean
}

/** A scenario that is smaller than another one. */
export interface Smaller<D extends ScenarioInfo = ScenarioInfo> {
  readonly scenario: D
  /**
   * The new numbers of the values of a parameter range, by the range's name; null for values that
   * are gone. Values of other ranges stay.
   */
  readonly moved?: Readonly<Record<string, (value: number) => number | null>>
  /** It has fewer things in it; else only some numbers are smaller. */
  readonly hasFewerParts: boolean
}

/** The file that a subject comes from. */
export interface ModelFile {
  /** As the user named it. */
  readonly file: string
  /** SHA-256 of its text, the first 16 hexadecimal digits. */
  readonly digest: string
}

/**
 * Draws a state of a setup.
 * @param before the state before the last step; null at the beginning.
 * @throws Error that says what is wrong with the drawing.
 */
export type DrawState = (setup: Setup, state: AnyState, before: AnyState | null) => Picture

/** A step as a measure sees it. */
export interface MeasuredStep {
  /** The rule's name. */
  readonly rule: string
  readonly actor: string
  /** As it stands in schedules. */
  readonly label: string
  readonly parameters: readonly number[]
}

/** Something that is to be small: its worst case over all interleavings is what `compare` shows. */
export interface Measure<S = AnyState> {
  /** Its name in a few words: `steps of others while a write waits`. */
  readonly name: string
  /** The states between which it is counted, such as those of one operation. Default: all. */
  readonly during?: (state: S) => boolean
  /** The weight of a step that is taken in such a state: a number, 0 or more. Default: 1. */
  readonly counts?: (step: MeasuredStep, before: S) => number
}

/** A family of models. */
export interface Subject {
  readonly name: string
  /** Null for one that is always there. */
  readonly file: ModelFile | null
  readonly systems: readonly SystemInfo[]
  /** Those that are checked when none is named: they keep every property. */
  readonly soundSystems: readonly SystemInfo[]
  readonly scenarios: readonly ScenarioInfo[]
  readonly mutants: readonly MutantInfo[]
  /** Further mutants that a name finds and no list shows: repaired systems, variants. */
  readonly variants?: readonly MutantInfo[]
  /** Of all its models, those that the engine adds included. */
  readonly properties: readonly PropertyInfo[]
  /** Is a property asked of a system? */
  readonly concerns: (property: PropertyInfo, system: SystemInfo) => boolean
  /**
   * The model of a setup.
   * @param also situations to look for beside those that the scenario must reach.
   * @throws MutantError, or Error, where the parts of the setup do not fit together.
   */
  readonly model: (setup: Setup, also?: readonly string[]) => Model<AnyState>
  /** A scenario from JSON. @param source its file, for messages. @throws ScenarioError */
  readonly parseScenario: (value: unknown, source: string) => ScenarioInfo
  /** A mutant from what a file exports. @param name what it is called if it does not say. */
  readonly parseMutant: (exported: unknown, name: string) => Promise<MutantInfo>
  /** A setup that must be caught, and the sound one that it is a mutant of. */
  readonly pairOf: (mutant: MutantInfo) => { readonly broken: Setup; readonly sound: Setup }
  /** Smaller scenarios, the greatest savings first, made as they are asked for. */
  readonly smaller: (scenario: ScenarioInfo) => Iterable<Smaller>
  /** How many there are of each kind of things in a scenario. */
  readonly partsOf: (scenario: ScenarioInfo) => Readonly<Record<string, number>>
  /**
   * The picture of a state: `machine`, the viewer's picture of the fork machine; or lanes and a
   * table of the variables, and below them the drawing of this function, if there is one.
   */
  readonly picture: 'machine' | DrawState | null
  /** The measures of each setup. The fork machine has a comparison of its own. */
  readonly measures: readonly Measure[]
  /** Options of a setup's scenario that its system sets otherwise, as sentences. Default: none. */
  readonly overruled?: (setup: Setup) => readonly string[]
  /** What a verdict `holds` on a setup rests on beside the search, as sentences. Default: none. */
  readonly restsOn?: (setup: Setup) => readonly string[]
  /**
   * The setup of the unmodified system in which every state of this setup can stand, so that single
   * steps can be compared. Default: the setup without its mutant.
   */
  readonly unmodified?: (setup: Setup) => Setup
  /** How the control flow of a setup is drawn. Default: all places are one routine. */
  readonly routines?: (setup: Setup) => Routines
  /** The words for its models. */
  readonly narration: (model: Model<AnyState>) => Narration
}

/** The effect of a step on a variable. */
export interface Changed {
  /** The variable's name. */
  readonly name: string
  readonly from: string
  readonly to: string
}

/** A variable with its words: `parent pte 2`, `frame 0 ro`. */
export interface Words {
  /** Fields of the state with one key are one variable. */
  readonly key: string
  /** The variable's name, seen from both ends of a step. */
  readonly name: (before: AnyState, after: AnyState) => string
  readonly value: (s: AnyState) => string
  /** Registers that only move along and observations for the properties: shown on demand. */
  readonly internal: boolean
  /** A register of an actor: its name begins with the actor's. */
  readonly isRegister: boolean
  /** It says where an actor stands. A story leaves it out, as the actor's steps show it. */
  readonly isPlace: boolean
  /** It says what is around a thing, and not what is wrong with it. */
  readonly isContext: boolean
  /** A story mentions it even if it never changed. */
  readonly isTelling: boolean
  /** A change of it as a sentence without its full stop. */
  readonly says: (change: Changed) => string
}

/** Somebody who acts, and the program of operations, if there is one. */
export interface Lane {
  readonly name: string
  readonly program: readonly string[]
}

/** A field of the state whose values can be asked for. */
export interface Askable {
  readonly field: string
  readonly name: string
  readonly values: readonly string[]
}

/** Words for the models of a subject. Paths are paths of fields: `mm[0].pmd[1].writable`. */
export interface Narration {
  /** The variable that a field belongs to, or that has this path as its key. */
  readonly words: (path: string) => Words
  /** All who may act, in the order of their lanes. */
  readonly lanes: (initial: AnyState) => readonly Lane[]
  /** The fields whose values can be asked for, and the values that they can have. */
  readonly askable: readonly Askable[]
  /** The names of the elements of a list that is a variable of its own; null: by number. */
  readonly elementNames: (list: string, state: AnyState) => readonly string[] | null
  /** Which fields the explanation of a violation is about. @param states all those of the trace. */
  readonly named: (explanation: string, states: readonly AnyState[]) => (path: string) => boolean
  /** The field that says where the actor of a step stands; null if there is none. */
  readonly placeOf: (action: Action<AnyState>) => string | null
  /** May an actor stay here for ever? Its program may have ended. */
  readonly mayRest: (state: AnyState, actor: string) => boolean
  /** The first state whose steps need reasons: what comes before is preparation. */
  readonly beginning: (states: readonly AnyState[]) => number
}
