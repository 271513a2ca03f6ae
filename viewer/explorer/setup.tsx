/** Choosing system, scenario and mutant. */
import type { Setup } from '../../core/model.js'
import { mutantNamed, scenarioNamed, systemNamed } from '../../core/names.js'
import { mutants, scenarios, systems } from '../../model/index.js'

export function SetupControls({ setup, choose }: { setup: Setup; choose: (setup: Setup) => void }) {
  const { system, scenario, mutant } = setup
  const isOwn = !scenarios.some(({ name }) => name === scenario.name)
  const fitting = mutants.filter((one) => one.system === system.name)
  return (
    <div class="controls" role="toolbar" aria-label="what is explored">
      <label class="group">
        system{' '}
        <select
          value={system.name}
          onChange={({ currentTarget: { value } }) =>
            choose({ system: systemNamed(value), scenario })
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
            if (value !== scenario.name) choose({ system, scenario: scenarioNamed(value), mutant })
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
          value={mutant?.name ?? ''}
          onChange={({ currentTarget: { value } }) => {
            const chosen = value === '' ? undefined : mutantNamed(value)
            choose({
              system,
              scenario: chosen ? scenarioNamed(chosen.scenario) : scenario,
              mutant: chosen,
            })
          }}
        >
          <option value="">none</option>
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
