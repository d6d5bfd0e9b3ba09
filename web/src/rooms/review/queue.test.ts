import { describe, expect, it } from 'vitest'
import {
  anyFilter,
  askedOf,
  filtersIn,
  neighbour,
  nextFree,
  NO_FILTERS,
  oldEnough,
  queryOf,
  refreshed,
  riskBand,
  riskOf,
  waitOf,
  type Queued,
} from './queue'

const row = (id: string, over: Partial<Queued> = {}): Queued => ({
  id,
  claim: `clm_${id}`,
  purpose: 'decide',
  status: 'open',
  submitter: 'usr_a',
  department: 'dep_a',
  category: '交通',
  risk: 10,
  total: '1.00',
  created_at: '',
  due_at: null,
  waits_s: 60,
  overdue: false,
  holder: null,
  held_left_s: 0,
  second: false,
  ...over,
})

describe('filters', () => {
  it('go into the address and come back', () => {
    const filters = { ...NO_FILTERS, purpose: 'appeal' as const, riskMin: 30, mine: true, age: 3 }
    expect(filtersIn(queryOf(filters) as Record<string, string>)).toEqual(filters)
    expect(anyFilter(filters)).toBe(true)
    expect(anyFilter(NO_FILTERS)).toBe(false)
    expect(askedOf(filters)).toMatchObject({ purpose: 'appeal', risk_min: 30, mine: true })
  })

  it('that make no sense are none', () => {
    expect(filtersIn({ purpose: 'spy', risk: '-1', age: 'x', mine: '0' })).toEqual(NO_FILTERS)
  })

  it('tell how old is old enough', () => {
    expect(oldEnough(row('a', { waits_s: 86_400 }), { ...NO_FILTERS, age: 2 })).toBe(false)
    expect(oldEnough(row('a', { waits_s: 2 * 86_400 }), { ...NO_FILTERS, age: 2 })).toBe(true)
  })
})

describe('the next one', () => {
  const rows = [row('a'), row('b', { holder: 'other' }), row('c'), row('d', { holder: 'me' })]

  it('is free, not handled, and goes round at the end', () => {
    expect(nextFree(rows, 'a', 'me', new Set())?.id).toBe('c')
    expect(nextFree(rows, 'd', 'me', new Set())?.id).toBe('a')
    expect(nextFree(rows, 'd', 'me', new Set(['a']))?.id).toBe('c')
    expect(nextFree(rows, 'gone', 'me', new Set())?.id).toBe('a')
    expect(nextFree([row('a')], 'a', 'me', new Set())).toBeUndefined()
  })

  it('by J and K is the neighbour', () => {
    expect(neighbour(rows, 'b', 1)?.id).toBe('c')
    expect(neighbour(rows, 'a', -1)).toBeUndefined()
  })
})

describe('a refresh', () => {
  it('moves nothing under the pointer', () => {
    const told = refreshed(
      [row('a'), row('b')],
      [row('c', { risk: 99 }), row('b', { holder: 'x' })],
    )
    expect(told.rows.map((each) => each.id)).toEqual(['a', 'b'])
    expect(told.rows[1]?.holder).toBe('x')
    expect([...told.gone]).toEqual(['a'])
    expect(told.fresh).toBe(1)
  })
})

describe('a line', () => {
  it('shows a risk of 100 at most, also when it is overdue', () => {
    expect(riskOf({ risk: 1_000_043 })).toBe(43)
    expect(riskOf({ risk: 1_000_000 })).toBe(0)
    expect([riskBand(20), riskBand(30), riskBand(60)]).toEqual(['low', 'middle', 'high'])
  })

  it('tells how long somebody waits', () => {
    expect(waitOf(5)).toEqual({ n: 1, unit: 'minutes' })
    expect(waitOf(7_200)).toEqual({ n: 2, unit: 'hours' })
    expect(waitOf(200_000)).toEqual({ n: 2, unit: 'days' })
  })
})
