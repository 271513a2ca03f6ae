/** The legend of the pages says what every short word of the picture means. */
import { expect, test } from 'vitest'
import { tlbEntry } from '../../model/state/cpu.js'
import type { Declared, RecordOf } from '../../model/state/declaration.js'
import { frame } from '../../model/state/frame.js'
import { mm, pmd, vma } from '../../model/state/mm.js'
import { pte, pteTable } from '../../model/state/table.js'
import { thread } from '../../model/state/thread.js'
import { PICTURE } from '../../viewer/signs.js'

/** The labels of a record's fields, long and short. */
function labelsOf(record: { readonly fields: object }): string[] {
  return Object.values(record.fields as RecordOf<object>['fields']).flatMap((declared) => {
    const { kind } = declared as Declared
    if (kind !== 'field') return []
    const { label } = (declared as Extract<Declared, { kind: 'field' }>).notes
    return label === undefined ? [] : [label].flat()
  })
}

test('every label of a variable is in the legend', () => {
  const labels = [tlbEntry, frame, mm, pmd, vma, pte, pteTable, thread].flatMap(labelsOf)
  expect(labels.length).toBeGreaterThan(15)
  const signs = PICTURE.map(([sign]) => ` ${sign} `)
  expect(labels.filter((label) => !signs.some((sign) => sign.includes(` ${label} `)))).toEqual([])
})
