import { describe, expect, it } from 'vitest'
import {
  CLAIM_BYTES_MAX,
  daysAround,
  FILE_BYTES_MAX,
  FILES_MAX,
  isCategory,
  refusal,
} from './limits'

const file = { bytes: 10, mark: 'a', media: 'jpeg' as const }

describe('limits', () => {
  it('name what is wrong with a file before it is sent', () => {
    expect(refusal(file, [])).toBeNull()
    expect(refusal({ ...file, bytes: 0 }, [])).toBe('empty')
    expect(refusal({ ...file, media: null }, [])).toBe('wrong_type')
    expect(refusal({ ...file, bytes: FILE_BYTES_MAX + 1 }, [])).toBe('too_large')
    expect(refusal(file, [{ bytes: 10, mark: 'a' }])).toBe('same_file')
    const many = Array.from({ length: FILES_MAX }, (_, at) => ({ bytes: 1, mark: `m${at}` }))
    expect(refusal(file, many)).toBe('too_many')
    expect(refusal(file, [{ bytes: CLAIM_BYTES_MAX - 5, mark: 'b' }])).toBe('too_much')
  })

  it('know the categories that the desk takes', () => {
    for (const good of ['', '餐饮', 'R&D travel', 'a', '市内交通/地铁'])
      expect(isCategory(good)).toBe(true)
    for (const bad of [' a', 'a ', '<b>', '餐饮！', 'x'.repeat(65)])
      expect(isCategory(bad)).toBe(false)
  })

  it('count days across months', () => {
    expect(daysAround(new Date(2026, 2, 1))).toEqual({
      first: '2026-02-28',
      today: '2026-03-01',
      last: '2026-03-02',
    })
  })
})
