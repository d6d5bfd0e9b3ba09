import { expect, it } from 'vitest'
import { chartTable, clauseGroups, tableRows } from './contents'

const box = [0.1, 0.1, 0.2, 0.2] as [number, number, number, number]
const value = (label: string | null, series: string | null, said: string) => ({
  value: said,
  unit: '%',
  label,
  series,
  box,
})

it('puts a chart into rows by label and columns by series', () => {
  const values = [
    value('2011', 'A', '1'),
    value('2011', 'B', '2'),
    value('2012', 'A', '3'),
    value('2012', 'B', '4'),
  ]
  const { series, rows } = chartTable({ page: 1, box, type: 'bar', series: ['A', 'B'], values })
  expect(series).toEqual(['A', 'B'])
  expect(rows.map((row) => [row.label, ...row.cells.map((cell) => cell.value)])).toEqual([
    ['2011', '1', '2'],
    ['2012', '3', '4'],
  ])
  expect(rows[0]?.cells[1]?.pointed).toEqual({ page: 1, box, label: '2011 · B 2%' })
})

it('loses no value that shares its label and series with another', () => {
  const values = [value(null, null, '1'), value(null, null, '2'), value('x', null, '3')]
  const { rows } = chartTable({ page: 1, box, type: 'unknown', series: [], values })
  expect(rows.map((row) => row.cells[0]?.value)).toEqual(['1', '2', '3'])
})

it('shows a merged cell once and knows heads and numbers', () => {
  const [head, second, body] = tableRows({
    page: 1,
    box,
    html: '',
    ruled: true,
    head_rows: 2,
    merged: [
      [0, 0, 2, 1],
      [0, 1, 1, 2],
    ],
    rows: [
      ['Item', '2023', ''],
      ['', 'Mean', 'SD'],
      ['Visits', '62.7%', '4,170'],
    ],
  })
  expect(head?.map(({ text, rows, columns }) => [text, rows, columns])).toEqual([
    ['Item', 2, 1],
    ['2023', 1, 2],
  ])
  expect(second?.map(({ text, head }) => [text, head])).toEqual([
    ['Mean', true],
    ['SD', true],
  ])
  expect(body?.map(({ number }) => number)).toEqual([false, true, true])
})

it('puts the quotes about one matter together', () => {
  const clause = (topic: string, quote: string) =>
    ({ topic, quote, risk: 'warning', page: 1, box }) as const
  const groups = clauseGroups([clause('a', '1'), clause('b', '2'), clause('a', '3')])
  expect(groups.map(({ topic, quotes }) => [topic, quotes.length])).toEqual([
    ['a', 2],
    ['b', 1],
  ])
})
