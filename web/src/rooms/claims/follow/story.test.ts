import { expect, it } from 'vitest'
import { words } from '../words'
import type { ClaimEvent } from './steps'
import { storyOf } from './story'

const event = (action: string, detail: ClaimEvent['detail'] = {}): ClaimEvent => ({
  id: 1,
  at: '',
  action,
  by: 'person',
  detail,
})

it('has words for every event, known or not', () => {
  const events = [
    event('claim.submitted', { category: '餐饮' }),
    event('claim.read', { name: 'a.jpg', files: 1, failed: 0 }),
    event('claim.read', { name: 'b.jpg', files: 1, failed: 1 }),
    event('claim.decided', { applied: 'approved' }),
    event('claim.decided', { applied: 'waiting' }),
    event('claim.released', { to: 'person' }),
    event('claim.released', { to: 'machine' }),
    event('claim.overridden', { to: 'approved', reason: '总监同意' }),
    event('claim.overridden', { to: 'rejected' }),
    event('claim.asked', { question: '哪个项目？' }),
    event('claim.rejected', { reason: '超过 90 天' }),
    event('claim.new_some_day'),
  ]
  const keys = storyOf(events).map((line) => line.key)
  expect(keys.every((key) => key in words.zh.event)).toBe(true)
  expect(keys[2]).toBe('claim_read_failed')
  expect(keys.at(-1)).toBe('other')
  expect(storyOf(events)[9]).toMatchObject({ text: '哪个项目？', said: '' })
  expect(storyOf(events)[10]?.said).toBe('超过 90 天')
})
