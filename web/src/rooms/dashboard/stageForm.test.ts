import { describe, expect, it } from 'vitest'
import { bodyOf, formOf, refusedIn, wrongIn, type Stage } from './stageForm'

const STAGE: Stage = {
  kind: '*',
  tier: '*',
  category: '*',
  stage: 'assist',
  bar: 0.98,
  sample_share: 0.05,
  amount_max: '1000.00',
  version: 0,
  reason: '',
  changed_by: 'system',
  changed_at: null,
  blind: { agreed: 0, total: 0, lower: 0 },
  answered: { agreed: 0, total: 0, lower: 0 },
  next: null,
  unanswered: 0,
}

describe('a rule as a form', () => {
  it('comes back as it was', () => {
    const form = { ...formOf(STAGE), reason: ' measured ' }
    expect(form.bar).toBe('98')
    expect(wrongIn(form)).toEqual({})
    expect(bodyOf(form)).toEqual({
      kind: '*',
      tier: '*',
      category: '*',
      stage: 'assist',
      bar: 0.98,
      sample_share: 0.05,
      amount_max: '1000.00',
      reason: 'measured',
    })
  })

  it('says what is wrong', () => {
    const form = { ...formOf(STAGE), bar: '100', share: 'x', amount: '1.234' }
    expect(Object.keys(wrongIn(form)).sort()).toEqual(['amount', 'bar', 'reason', 'share'])
  })
})

describe('a refusal', () => {
  it('is told with its figures', () => {
    const figures = { from: 'assist', to: 'full', agreed: 3, total: 4, lower: 0.2, bar: 0.9 }
    const refused = refusedIn({ figures })
    expect(refused).toEqual({ agreed: 3, total: 4, lower: 0.2, bar: 0.9, more: null, steps: true })
    expect(refusedIn({})).toBeNull()
  })
})
