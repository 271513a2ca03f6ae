/** What is told of a position in words: what changed, why it came to this, what holds. */

import { paragraphOf } from '../story/paragraph.js'
import { markOf, SYMBOLS } from './marks.js'
import type { ReasonText } from './reasons.js'
import { chainOf } from './reasons.js'
import { propertiesAt, type ShownRun, stepAt } from './run.js'

interface Props {
  readonly run: ShownRun
  readonly position: number
}

/** Which step led here. */
export function StepHead({ run, position }: Props) {
  const step = stepAt(run, position)
  const { loopStart, steps } = run.story
  const lane = run.story.actors.findIndex(({ name }) => name === step?.actor)
  return (
    <div class="step-head">
      {step ? (
        <h2>
          <span class="number">{step.number}</span>
          <span class={`call a${Math.max(0, lane) % 6}`}>{step.actor}</span>{' '}
          {nameOf(step.label, step.actor)}
        </h2>
      ) : (
        <h2>At first</h2>
      )}
      {step?.source && <p class="source">{step.source}</p>}
      {step?.deviation && (
        <p class="deviation">
          <b>≠ the mutant</b> {step.deviation}
        </p>
      )}
      {position === steps.length && loopStart !== undefined && (
        <p class="deviation">
          {loopStart === steps.length
            ? 'From here on nothing happens any more.'
            : `Back to the state after step ${loopStart}: the steps from ${loopStart + 1} on are repeated for ever.`}
        </p>
      )}
    </div>
  )
}

function nameOf(label: string, actor: string): string {
  return label.startsWith(`${actor}.`) ? label.slice(actor.length + 1) : label
}

interface ChangesProps extends Props {
  readonly all: boolean
  readonly picked: string | null
  readonly pick: (key: string) => void
}

/** What the step changed, variable by variable; a click follows one. */
export function Changes({ run, position, all, picked, pick }: ChangesProps) {
  const step = stepAt(run, position)
  const changes = step?.changes.filter(({ internal }) => all || !internal) ?? []
  if (!step) return <p class="nothing">Nothing has happened yet.</p>
  if (changes.length === 0) return <p class="nothing">Nothing that is shown here has changed.</p>
  return (
    <table class="changes">
      <caption class="hidden">What step {step.number} changed</caption>
      <thead class="hidden">
        <tr>
          <th scope="col">how</th>
          <th scope="col">variable</th>
          <th scope="col">before</th>
          <th scope="col">after</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ key, name, from, to, fields }) => {
          const mark = markOf(from, to, '-') ?? 'changed'
          return (
            <tr key={key} title={fields.join(', ')}>
              <td class={`mark ${mark}`}>{SYMBOLS[mark]}</td>
              <td>
                <button
                  type="button"
                  class="variable"
                  aria-pressed={key === picked}
                  onClick={() => pick(key)}
                >
                  {name}
                </button>
              </td>
              <td class="from">{from}</td>
              <td class="to">→ {to}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** The argument: how things stand, and which steps led there. */
export function Why({ run, go }: { run: ShownRun; go: (position: number) => void }) {
  const { because, argument, steps, loopStart } = run.story
  if (because === null) return <p class="nothing">Nothing is violated.</p>
  const Step = ({ step }: { step: number }) => (
    <button type="button" class="step-link" onClick={() => go(step)}>
      {step}
    </button>
  )
  const Reasons = ({ texts }: { texts: readonly ReasonText[] }) => (
    <>
      {texts.map(({ text, since, kind }) => (
        <li key={text} class={kind}>
          {text}
          {since !== undefined && (
            <>
              {' since '}
              <Step step={since} />
            </>
          )}
        </li>
      ))}
    </>
  )
  return (
    <div class="why">
      <p class="because">{because}</p>
      <p class="in-short">{paragraphOf(run.story).join(' ')}</p>
      {argument === null ? (
        <p class="nothing">
          {loopStart === undefined ? 'The way is too long for an argument.' : ''}
        </p>
      ) : (
        <>
          <h2>In the end</h2>
          <table class="standing">
            <caption class="hidden">How things stand in the end</caption>
            <tbody>
              {argument.standing.map(({ key, name, value, since }) => (
                <tr key={key}>
                  <th scope="row">{name}</th>
                  <td>{value}</td>
                  <td>
                    {since === null ? (
                      'as at first'
                    ) : (
                      <>
                        since <Step step={since} />
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {argument.waiting.map(({ label, obstacles }) => (
            <p key={label}>
              <b>{label}</b> is not possible,{' '}
              {obstacles.map(({ name, value }) => `as ${name} is ${value}`).join(', ')}
            </p>
          ))}
          {argument.putOff.map(({ group, after, obstacles }) => (
            <p key={group}>
              <b>{group}</b> takes no step in the loop and cannot after {after},{' '}
              {obstacles.map(({ name, value }) => `as ${name} is ${value}`).join(', ')}
            </p>
          ))}
          <h2>How it came to that</h2>
          <ol class="chain">
            {argument.chain.map((link) => (
              <li key={link.step}>
                <Step step={link.step} /> <b>{steps[link.step - 1].label}</b>
                <ul>
                  <Reasons texts={chainOf(link, steps[link.step - 1])} />
                </ul>
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}

/** Every property, with the reason where it does not hold; failing ones first. */
export function Properties({ run, position }: Props) {
  const all = propertiesAt(run, position)
  const order = ({ kind, holds }: (typeof all)[number]) =>
    kind === 'always' ? (holds ? 2 : 0) : kind === 'sometimes' ? (holds ? 1 : 4) : 3
  const sorted = [...all].sort((x, y) => order(x) - order(y))
  return (
    <ul class="properties">
      {sorted.map(({ name, kind, says, holds, reason }) => (
        <li key={name} class={kind === 'always' && !holds ? 'fails' : ''}>
          <span class="verdict">{verdictOf(kind, holds)}</span>
          <span class="name" title={says}>
            {name}
          </span>
          <span class="reason">{reason !== null && kind === 'always' ? reason : says}</span>
        </li>
      ))}
    </ul>
  )
}

function verdictOf(kind: string, holds: boolean): string {
  if (kind === 'always') return holds ? '✓ holds' : '✗ fails'
  if (kind === 'sometimes') return holds ? '● here' : '○ not here'
  return holds ? '✓ done' : '… to come'
}
