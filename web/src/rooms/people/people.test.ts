// @vitest-environment happy-dom
import { expect, it } from 'vitest'
import { stateOf } from './composables/useKeys'
import { changes, merge } from './merge'
import { branchOf, linesOf } from './tree'

const departments = [
  { id: 'root', name: 'All', parent: null, version: 1 },
  { id: 'b', name: 'B', parent: 'a', version: 1 },
  { id: 'a', name: 'A', parent: 'root', version: 1 },
  { id: 'c', name: 'C', parent: 'root', version: 1 },
]

it('lists departments below their parents', () => {
  expect(linesOf(departments).map((line) => [line.path, line.depth])).toEqual([
    ['All', 0],
    ['All / A', 1],
    ['All / A / B', 2],
    ['All / C', 1],
  ])
})

it('keeps a department out of its own branch', () => {
  expect([...branchOf('a', departments)].sort()).toEqual(['a', 'b'])
})

it('keeps what I typed when somebody else was faster', () => {
  const base = { name: 'Old', email: 'a', roles: ['x'] }
  const mine = { name: 'Mine', email: 'a', roles: ['x'] }
  const theirs = { name: 'Theirs', email: 'b', roles: ['x', 'y'] }
  expect(merge(base, mine, theirs)).toEqual({
    form: { name: 'Mine', email: 'b', roles: ['x', 'y'] },
    both: ['name'],
  })
  expect(changes(base, mine)).toEqual({ name: 'Mine' })
})

it('tells keys that ended', () => {
  const now = new Date('2026-03-02T00:00:00Z')
  expect(stateOf({ revoked_at: null, expires_at: null }, now)).toBe('active')
  expect(stateOf({ revoked_at: null, expires_at: '2026-03-01T00:00:00Z' }, now)).toBe('expired')
  expect(stateOf({ revoked_at: '2026-01-01T00:00:00Z', expires_at: null }, now)).toBe('revoked')
})
