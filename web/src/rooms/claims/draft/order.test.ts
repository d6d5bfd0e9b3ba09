import { describe, expect, it } from 'vitest'
import { landing, moved } from './order'

describe('order', () => {
  it('moves one and keeps the others', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a'])
    expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
    expect(moved(['a', 'b'], 0, 2)).toEqual(['a', 'b'])
    expect(moved(['a', 'b'], -1, 0)).toEqual(['a', 'b'])
  })

  it('lands where the hand let go', () => {
    expect(landing(0, 2, false)).toBe(1)
    expect(landing(0, 2, true)).toBe(2)
    expect(landing(2, 0, false)).toBe(0)
    expect(landing(2, 0, true)).toBe(1)
    expect(landing(1, 1, true)).toBe(1)
  })
})
