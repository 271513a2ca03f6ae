/** Choosing system, scenario and mutant. */

import { named } from '../../runs/names.js'
import { subjectOf } from '../../runs/setup-model.js'
import type { Setup } from '../../runs/subject.js'
import type { Outside } from './start.js'

/** The value of the mutant from a file in the list: no mutant is called so. */
const FROM_FILE = ' file'

interface SetupControlsProps {
  readonly setup: Setup
  readonly choose: (setup: Setup) => void
  readonly outside: Outside | null
}

export function SetupControls({ setup, choose, outside }: SetupControlsProps) {
  const { system, scenario, mutant, foreign, ...family } = setup
  const { systems, scenarios, mutants } = subjectOf(setup)
  const isOwn = !scenarios.some(({ name }) => name === scenario.name)
  const fitting = mutants.filter((one) => one.system === system.name)
  return (
    <div class="controls" role="toolbar" aria-label="what is explored">
      <label class="group">
        system{' '}
        <select
          value={system.name}
          onChange={({ currentTarget: { value } }) =>
            choose({ ...family, system: named('system', systems, value), scenario })
          }
        >
          {systems.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <label class="group">
        scenario{' '}
        <select
          value={scenario.name}
          onChange={({ currentTarget: { value } }) => {
            if (value !== scenario.name)
              choose({ ...setup, scenario: named('scenario', scenarios, value) })
          }}
        >
          {isOwn && <option>{scenario.name}</option>}
          {scenarios.map(({ name, says }) => (
            <option key={name} title={says}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="group">
        mutant{' '}
        <select
          value={foreign ? FROM_FILE : (mutant?.name ?? '')}
          onChange={({ currentTarget: { value } }) => {
            const isFile = value === FROM_FILE
            const known = value === '' || isFile ? undefined : named('mutant', mutants, value)
            const chosen = isFile ? outside?.mutant : known
            choose({
              ...family,
              system,
              scenario: chosen?.scenario ? named('scenario', scenarios, chosen.scenario) : scenario,
              mutant: chosen,
              foreign: isFile,
            })
          }}
        >
          <option value="">none</option>
          {outside && outside.mutant.system === system.name && (
            <option value={FROM_FILE} title={outside.mutant.says}>
              {outside.mutant.name} ({outside.file})
            </option>
          )}
          {fitting.map(({ name, says }) => (
            <option key={name} value={name} title={says}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <p class="says">{mutant ? mutant.says : scenario.says}</p>
    </div>
  )
}
