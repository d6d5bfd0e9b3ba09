import { expect, it } from 'vitest'
import { filtersIn, isFiltered, queryOf } from './filters'

it('comes back from the address as it went in', () => {
  const filters = { mine: false, status: 'waiting', category: '交通', q: '滴滴' } as const
  const query = queryOf(filters) as Record<string, string>
  expect(filtersIn(query, true)).toEqual(filters)
  expect(queryOf(filtersIn({}, true))).toEqual({})
})

it('takes nothing odd from an address', () => {
  const filters = filtersIn({ status: '<script>', whose: 'all', q: ['a', 'b'] }, false)
  expect(filters).toEqual({ mine: true, status: null, category: '', q: 'a' })
  expect(isFiltered(filters)).toBe(true)
})
