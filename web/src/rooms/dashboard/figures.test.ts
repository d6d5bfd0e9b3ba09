import { describe, expect, it } from 'vitest'
import { bytesText, countText, drawn, shareText, spanText } from './figures'

describe('figures as text', () => {
  it('tells shares, counts and sizes', () => {
    expect(shareText(0.6074, 'en')).toBe('60.7%')
    expect(shareText(null, 'zh')).toBe('—')
    expect(countText(12_345.6, 'en')).toBe('12,346')
    expect(countText(3.25, 'en')).toBe('3.3')
    expect(bytesText(12_400_000, 'en')).toBe('12.4 MB')
  })

  it('tells a time in the largest unit that fits', () => {
    expect(spanText(13.2, 'en')).toMatch(/^13 sec/)
    expect(spanText(0.42, 'en')).toMatch(/^0.4 sec/)
    expect(spanText(9_000, 'en')).toMatch(/^2.5 hr/)
    expect(spanText(200_000, 'zh')).toContain('2.3')
    expect(spanText(null, 'en')).toBe('—')
  })
})

describe('an interval on its scale', () => {
  it('begins at a round figure below and ends at all', () => {
    const shown = drawn(0.962, 0.975, 0.984)
    expect(shown.from).toBe(0.95)
    expect(shown.low).toBeCloseTo(0.24)
    expect(drawn(0.2, 0.5, 0.8).from).toBe(0)
    expect(drawn(0, 0, 0.7).low).toBe(0)
  })
})
