import { describe, expect, it } from 'vitest'
import { ACTIONS, actionIn, placeOf } from './actions'
import { askedOf, EMPTY, exportOf, filtersIn, queryOf } from './filters'

describe('filters', () => {
  it('go into the address and come back', () => {
    const filters = { ...EMPTY, about: 'clm_1', from: '2026-01-02' }
    expect(queryOf(filters)).toEqual({ about: 'clm_1', from: '2026-01-02' })
    expect(filtersIn(queryOf(filters))).toEqual(filters)
    expect(filtersIn({ from: 'x', about: ['a'] })).toEqual(EMPTY)
  })

  it('take the last day whole', () => {
    const asked = askedOf({ ...EMPTY, from: '2026-01-31', to: '2026-01-31' })
    const hours = (Date.parse(asked.until ?? '') - Date.parse(asked.since ?? '')) / 3_600_000
    expect(hours).toBe(24)
  })

  it('name the file', () => {
    const place = exportOf({ ...EMPTY, action: 'claim.read' }, 'csv')
    expect(place).toBe('/api/audit/export?action=claim.read&format=csv')
  })
})

describe('actions', () => {
  it('have names in both languages', () => {
    for (const named of Object.values(ACTIONS)) expect(named.every(Boolean)).toBe(true)
    expect(actionIn('claim.read', 'en')).toBe('Attachments read')
    expect(actionIn('some.new', 'zh')).toBe('some.new')
    expect(actionIn('toString', 'en')).toBe('toString')
  })

  it('lead to what they are about', () => {
    expect(placeOf('clm_a')).toBe('/claims/clm_a')
    expect(placeOf('usr_a')).toBeNull()
  })
})
