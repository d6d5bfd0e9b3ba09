import { describe, expect, it } from 'vitest'
import { filesRead, joined, wayOf, type ClaimEvent } from './steps'

const event = (id: number, action: string): ClaimEvent => ({
  id,
  action,
  at: '2026-06-01T00:00:00Z',
  by: 'machine',
  detail: {},
})
const states = (way: ReturnType<typeof wayOf>): string[] => way.steps.map(({ state }) => state)
const submitted = event(1, 'claim.submitted')

describe('the way of a claim', () => {
  it('tells how far the reading is', () => {
    const way = wayOf('received', [submitted, event(2, 'claim.read')], 3)
    expect(states(way)).toEqual(['done', 'now', 'next', 'next'])
    expect(way.steps[1]).toMatchObject({ read: 1, files: 3 })
    expect(way.share).toBeCloseTo(1 / 4 + 1 / 12)
  })

  it('is checked once all is read, and decided at the end', () => {
    const read = [submitted, event(2, 'claim.read')]
    expect(states(wayOf('received', read, 1))).toEqual(['done', 'done', 'now', 'next'])
    expect(states(wayOf('waiting', read, 1))).toEqual(['done', 'done', 'done', 'now'])
    expect(wayOf('approved', read, 1)).toMatchObject({ share: 1 })
  })

  it('stops where it was withdrawn or set aside', () => {
    expect(states(wayOf('cancelled', [submitted], 2))).toEqual(['done', 'stopped', 'next', 'next'])
    expect(states(wayOf('quarantined', [submitted], 2))[1]).toBe('stopped')
  })
})

it('takes each event once', () => {
  const known = [submitted, event(4, 'claim.read')]
  expect(joined(known, [event(4, 'claim.read'), event(9, 'claim.decided')])).toHaveLength(3)
  expect(joined(known, [submitted])).toBe(known)
  expect(filesRead(known)).toBe(1)
})
