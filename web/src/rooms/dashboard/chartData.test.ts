import { describe, expect, it } from 'vitest'
import { findingsOf, kindsOf, latencyOf, perDayOf, type Say } from './chartData'
import type { Numbers } from './composables/useNumbers'

const SAY: Say = {
  t: (key) => key,
  language: 'en',
  findingName: (code) => code.toUpperCase(),
  kindName: (kind) => kind,
  ink: {
    font: 'x',
    text: '#000',
    faint: '#555',
    line: '#ccc',
    surface: '#fff',
    series: ['a', 'b', 'c'],
  },
  moves: false,
}
const NONE = { count: 0, median_s: null, p90_s: null }
const numbers = (more: Partial<Numbers>): Numbers =>
  ({
    days: [],
    findings: [],
    kinds: [],
    machine: NONE,
    persons: NONE,
    ...more,
  }) as unknown as Numbers

describe('charts and their tables', () => {
  it('tells days, the newest first in the table', () => {
    const days = [
      { day: '2026-03-01', received: 3, automatic: 2, people: 1 },
      { day: '2026-03-02', received: 0, automatic: 0, people: 0 },
    ]
    const chart = perDayOf(numbers({ days }), SAY)
    expect(chart.rows).toEqual([
      ['2026-03-02', '0', '0', '0'],
      ['2026-03-01', '3', '2', '1'],
    ])
  })

  it('draws a finding once, and tells each of its effects', () => {
    const findings = [
      { code: 'weekend', effect: 'warn', claims: 4 },
      { code: 'weekend', effect: 'refer', claims: 2 },
    ]
    const chart = findingsOf(numbers({ findings }), SAY)
    expect(chart.height).toBe(50)
    expect(chart.rows).toEqual([
      ['WEEKEND', 'effects.warn', '4'],
      ['WEEKEND', 'effects.refer', '2'],
    ])
  })

  it('leaves out who decided nothing', () => {
    const machine = { count: 2, median_s: 3, p90_s: 60 }
    const chart = latencyOf(numbers({ machine }), SAY)
    expect(chart.rows).toHaveLength(1)
    expect(latencyOf(numbers({}), SAY).rows).toEqual([])
  })

  it('tells the share of each kind, and writes no HTML', () => {
    const kinds = [{ kind: 'receipt', claims: 4, automatic: 1 }]
    const chart = kindsOf(numbers({ kinds }), SAY)
    expect(chart.rows).toEqual([['receipt', '4', '25%']])
    expect(JSON.stringify(perDayOf(numbers({}), SAY).option)).toContain('richText')
  })
})
