/** Where an explorer begins: where its link says, or else where the command line does. */
import * as checker from '../../checker/index.js'
import * as forkcheck from '../../index.js'
import { takeProperties } from '../../runs/fork-machine/own-properties.js'
import { forkMachine } from '../../runs/fork-machine/subject.js'
import { type Linked, parseLink } from '../../runs/link.js'
import { ownSubject } from '../../runs/own/subject.js'
import { MODEL_PATH, MUTANT_PATH, PROPERTY_PATH } from '../../runs/page-files.js'
import type { ModelFile, MutantInfo, Subject } from '../../runs/subject.js'
import type { StoryLinks } from '../../story/playground.js'

/** A mutant from a file, which the page was given. */
export interface Outside {
  readonly mutant: MutantInfo
  /** The name of the file. */
  readonly file: string
}

export interface Start {
  readonly linked: Linked
  readonly problem: string | null
  readonly outside: Outside | null
  /** The family that is explored. */
  readonly subject: Subject
  /** Of a static site: its stories. Null: a server has a corpus. */
  readonly stories: StoryLinks | null
}

/** What wrote or served the page has put into it: a link, stories, files that it serves. */
export interface Given {
  readonly link?: string
  readonly mutantFile?: string | null
  readonly propertyFile?: string | null
  readonly model?: ModelFile | null
  readonly stories?: StoryLinks | null
}

/** @param given null: nobody has put anything into the page. */
export async function startOf(given: Given | null): Promise<Start> {
  const { link: first, mutantFile, propertyFile, model = null, stories = null } = given ?? {}
  let subject: Subject = forkMachine
  let outside: Outside | null = null
  const at = (linked: Linked, problem: string | null = null): Start => ({
    linked,
    problem,
    outside,
    subject,
    stories,
  })
  try {
    if (model !== null) subject = await servedSubject(model)
    if (typeof propertyFile === 'string') await takeServed(propertyFile)
    if (typeof mutantFile === 'string') outside = await loaded(mutantFile, subject)
    const asked = location.hash.length > 1 ? location.hash.slice(1) : first
    const link = stories === null || !asked ? asked : storyLink(asked, stories)
    if (link === undefined) return at(nothing(subject))
    return at(parseLink(link, outside ? [outside.mutant] : [], subject))
  } catch (error) {
    return at(nothing(subject), (error as Error).message)
  }
}

/** The link of a story that is asked for by its name; else what was asked. */
function storyLink(asked: string, stories: StoryLinks): string {
  const story = new URLSearchParams(asked).get('story')
  if (story === null) return asked
  if (Object.hasOwn(stories, story)) return stories[story]
  throw new Error(`there is no story ${story} here`)
}

/** The subject in the model file that is served. @throws Error for one that cannot be run here. */
async function servedSubject(file: ModelFile): Promise<Subject> {
  try {
    const { default: load } = await import(/* @vite-ignore */ MODEL_PATH)
    const { default: exported } = await load({ forkcheck, 'forkcheck/checker': checker })
    return ownSubject(exported, file)
  } catch (error) {
    throw new Error(`${file.file} cannot be loaded: ${(error as Error).message}`)
  }
}

/** Takes in the properties that are served. @throws Error for a file that cannot be run here. */
async function takeServed(file: string): Promise<void> {
  try {
    const { default: load } = await import(/* @vite-ignore */ PROPERTY_PATH)
    const { default: exported } = await load({ forkcheck, 'forkcheck/checker': checker })
    await takeProperties(exported)
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${(error as Error).message}`)
  }
}

/** The beginning of something, where the link says nothing. */
function nothing(subject: Subject): Linked {
  const { systems, scenarios } = subject
  const family = subject === forkMachine ? {} : { subject }
  const setup = { ...family, system: systems[systems.length - 1], scenario: scenarios[0] }
  return { setup, schedule: [], position: 0 }
}

/** @throws Error for a file that this browser cannot run, or that is no mutant here. */
async function loaded(file: string, { parseMutant }: Subject): Promise<Outside> {
  try {
    const module = await import(/* @vite-ignore */ MUTANT_PATH)
    return { file, mutant: await parseMutant(module.default, file.replace(/\.m?js$/, '')) }
  } catch (error) {
    throw new Error(`${file} cannot be loaded: ${(error as Error).message}`)
  }
}
