import { describe, expect, it } from 'vitest'
import {
  added,
  bodyOf,
  confirmOf,
  differences,
  editIn,
  editOf,
  keptEdits,
  rebased,
  standing,
  undone,
  without,
  type Edits,
} from './edits'
import type { FieldRow } from './fields'

const row = (name: string, value: string | null): FieldRow => ({
  id: `att/0/0/${name}`,
  attachment: 'att',
  fileAt: 0,
  readingAt: 0,
  name,
  kind: 'receipt',
  field: {
    value,
    status: 'single',
    confidence: 0.8,
    sources: ['layout'],
    evidence: [],
    others: [],
  },
  state: 'single',
  doubt: 1,
  said: null,
  was: null,
})
const edits = (...of: (ReturnType<typeof editOf> | null)[]): Edits =>
  of.reduce<Edits>((all, each) => (each ? added(all, each) : all), [])

describe('an edit', () => {
  it('that changes nothing is none', () => {
    expect(editOf(row('total', '1.00'), ' 1.00 ')).toBeNull()
    expect(editOf(row('total', '1.00'), '  ')).toMatchObject({ value: null, confirmed: false })
    expect(confirmOf(row('total', null))).toBeNull()
  })

  it('keeps the value it was made on, and is undone', () => {
    const made = edits(editOf(row('total', '1.00'), '2.00'), editOf(row('total', '1.00'), '3.00'))
    expect(standing(made)).toHaveLength(1)
    expect(editIn(made, 'att/0/0/total')).toMatchObject({ base: '1.00', value: '3.00' })
    expect(editIn(undone(made), 'att/0/0/total')?.value).toBe('2.00')
    expect(without(made, 'att/0/0/total')).toEqual([])
  })

  it('is sent as a value, as nothing, or as confirmed', () => {
    const made = edits(
      editOf(row('total', '1.00'), '2.00'),
      editOf(row('tax', '1.00'), null),
      confirmOf(row('date', '2026-01-01')),
    )
    expect(bodyOf(made)).toMatchObject([
      { field: 'total', value: '2.00', confirmed: false },
      { field: 'tax', value: null, confirmed: false },
      { field: 'date', value: null, confirmed: true },
    ])
  })
})

describe('against a newer version', () => {
  const before = [row('total', '1.00'), row('tax', '0.10'), row('date', '2026-01-01')]
  const now = [row('total', '5.00'), row('tax', '0.20'), row('date', '2026-01-01')]
  const made = edits(
    editOf(before[0] as FieldRow, '2.00'),
    confirmOf(before[2] as FieldRow),
    confirmOf(before[1] as FieldRow),
  )

  it('tells mine from theirs', () => {
    const told = differences(before, now, made)
    expect(told.map((each) => [each.name, each.theirs, each.mine, each.clash])).toEqual([
      ['total', '5.00', '2.00', true],
      ['tax', '0.20', '0.10', true],
      ['date', '2026-01-01', '2026-01-01', false],
    ])
    expect(differences(before, before, [])).toEqual([])
  })

  it('keeps what I did', () => {
    expect(rebased(made, now)).toMatchObject([
      { name: 'total', base: '5.00', value: '2.00', confirmed: false },
      { name: 'date', base: '2026-01-01', confirmed: true },
      { name: 'tax', base: '0.20', value: '0.10', confirmed: false },
    ])
    expect(rebased(edits(editOf(before[0] as FieldRow, '5.00')), now)).toEqual([])
    expect(rebased(made, [])).toEqual([])
  })
})

it('edits that a browser kept are taken for what they are', () => {
  const made = edits(editOf(row('total', '1.00'), '2.00'))
  expect(keptEdits(JSON.stringify(made))).toEqual(made)
  expect(keptEdits('{"a":1}')).toEqual([])
  expect(keptEdits('[{"id":1}]')).toEqual([])
  expect(keptEdits('no json')).toEqual([])
})
