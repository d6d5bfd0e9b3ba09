import { expect, it } from 'vitest'
import { words } from '../words'
import { standingOf } from './outcome'

const STATUSES = [
  'received',
  'waiting',
  'asked',
  'approved',
  'rejected',
  'appealed',
  'cancelled',
  'quarantined',
] as const

it('has words for every state', () => {
  for (const status of STATUSES)
    for (const origin of ['automatic', 'person', null] as const) {
      const standing = standingOf({ status, origin, possible: [] }, true)
      expect(words.zh.head).toHaveProperty(standing.head)
      expect(words.en.next).toHaveProperty(standing.next)
    }
})

it('offers no appeal that is not there', () => {
  const rejected = { status: 'rejected', origin: 'person' } as const
  expect(standingOf({ ...rejected, possible: ['appeal'] }, true).next).toBe('rejected')
  expect(standingOf({ ...rejected, possible: [] }, true).next).toBe('rejectedFinal')
  expect(standingOf({ ...rejected, possible: [] }, false).next).toBe('rejected')
})
