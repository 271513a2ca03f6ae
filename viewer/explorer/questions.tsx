/** Asking for a state: a search from where one stands finds the shortest way there. */
import { useRef, useState } from 'preact/hooks'
import { ask, type Question, questionsOf } from '../../runs/question.js'
import type { AnyState, Askable, Setup } from '../../runs/subject.js'

interface QuestionsProps {
  readonly setup: Setup
  readonly state: AnyState
  /** The variables that can be asked for. */
  readonly askable: readonly Askable[]
  /** Takes a schedule from where one stands. */
  readonly take: (schedule: readonly string[]) => void
}

export function Questions({ setup, state, askable, take }: QuestionsProps) {
  const [wanted, setWanted] = useState('')
  const [field, setField] = useState(askable[0]?.field ?? '')
  const [value, setValue] = useState('')
  const [condition, setCondition] = useState('')
  const [said, setSaid] = useState('')
  const [isBusy, setBusy] = useState(false)
  const stop = useRef(false)
  const properties = questionsOf(setup)
  const search = async (question: Question) => {
    stop.current = false
    setBusy(true)
    setSaid('searching')
    try {
      const { schedule, states, limit } = await ask(setup, state, question, {
        between: async ({ states: seen, depth }) => {
          setSaid(`searching: ${seen} states, ${depth} steps deep`)
          // So that the page stays alive.
          await new Promise((go) => setTimeout(go))
          return stop.current ? 'you stopped it' : null
        },
      })
      setSaid(sentence(schedule, states, limit))
      if (schedule && schedule.length > 0) take(schedule)
    } catch (error) {
      setSaid((error as Error).message)
    }
    setBusy(false)
  }
  return (
    <div class="questions">
      <p>Is there a way from here to a state in which ...</p>
      <p>
        <label>
          this is so{' '}
          <select value={wanted} onChange={({ currentTarget: { value } }) => setWanted(value)}>
            <option value="">choose</option>
            <optgroup label="a situation is met">
              {properties
                .filter(({ kind }) => kind === 'sometimes')
                .map(({ name, says }) => (
                  <option key={name} value={name} title={says}>
                    {name}
                  </option>
                ))}
            </optgroup>
            <optgroup label="a property fails">
              {properties
                .filter(({ kind }) => kind === 'always')
                .map(({ name, says }) => (
                  <option key={name} value={name} title={says}>
                    not {name}
                  </option>
                ))}
            </optgroup>
          </select>
        </label>{' '}
        <button
          type="button"
          disabled={isBusy || wanted === ''}
          onClick={() => search({ property: wanted })}
        >
          find it
        </button>
      </p>
      <p class="source">{properties.find(({ name }) => name === wanted)?.says}</p>
      <p>
        <label>
          variable{' '}
          <select value={field} onChange={({ currentTarget }) => setField(currentTarget.value)}>
            {askable.map(({ field: path, name }) => (
              <option key={path} value={path}>
                {name}
              </option>
            ))}
          </select>
        </label>{' '}
        <label>
          is{' '}
          <select value={value} onChange={({ currentTarget }) => setValue(currentTarget.value)}>
            <option value="">choose</option>
            {askable
              .find((one) => one.field === field)
              ?.values.map((name) => (
                <option key={name}>{name}</option>
              ))}
          </select>
        </label>{' '}
        <button
          type="button"
          disabled={isBusy || value === ''}
          onClick={() => search({ field, value })}
        >
          find the value
        </button>
      </p>
      <p>
        <label>
          condition{' '}
          <input
            type="text"
            class="condition"
            value={condition}
            placeholder="s.frame[0].refs > 1"
            spellcheck={false}
            onInput={({ currentTarget }) => setCondition(currentTarget.value)}
          />
        </label>{' '}
        <button
          type="button"
          disabled={isBusy || condition.trim() === ''}
          onClick={() => {
            const holds = conditionFrom(condition, state)
            if (typeof holds === 'string') setSaid(holds)
            else search({ holds })
          }}
        >
          find such a state
        </button>
      </p>
      <p>
        <button
          type="button"
          disabled={!isBusy}
          onClick={() => {
            stop.current = true
          }}
        >
          stop searching
        </button>
      </p>
      <p class="said" role="status">
        {said}
      </p>
    </div>
  )
}

/**
 * A condition on the state `s` in JavaScript, as it was typed; or a sentence that says what is wrong
 * with it. It is tried on the state that is shown: a name that is not there is told at once.
 */
function conditionFrom(text: string, state: AnyState): ((s: AnyState) => boolean) | string {
  try {
    const holds = new Function('s', `'use strict'; return (${text}\n)`) as (s: AnyState) => unknown
    const answer = holds(structuredClone(state))
    if (typeof answer === 'boolean') return holds as (s: AnyState) => boolean
    return `The condition gives ${String(answer)} here: it must be true or false.`
  } catch (error) {
    return `The condition cannot be asked: ${(error as Error).message}`
  }
}

/** Only a search that saw everything says that there is no way. */
function sentence(
  schedule: readonly string[] | null,
  states: number,
  limit: string | null,
): string {
  if (schedule?.length === 0) return 'It is so here.'
  if (schedule)
    return `${schedule.length} steps lead there: they have been taken (${states} states seen).`
  if (limit !== null) return `Not found among ${states} states; not everything was seen: ${limit}.`
  return `There is no way from here: all ${states} states that can be reached were seen.`
}
