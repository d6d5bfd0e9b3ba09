import { describe, expect, it } from 'vitest'
import { FILE_BYTES_MAX, kindOf, moved, refusal, sentAsIs, sizeWithin } from './limits'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0))

describe('files to ask about', () => {
  it('are what their first bytes say', () => {
    expect(kindOf(bytes('\xff\xd8\xff\xe0'))).toBe('jpeg')
    expect(kindOf(bytes('\x89PNG'))).toBe('png')
    expect(kindOf(bytes('RIFF....WEBP'))).toBe('webp')
    expect(kindOf(bytes('....ftypheic'))).toBe('heic')
    expect(kindOf(bytes('\n%PDF-1.7'))).toBe('pdf')
    expect(kindOf(bytes('<svg onload=alert(1)>'))).toBeNull()
  })

  it('are refused when empty, of another kind, or too large', () => {
    expect(refusal(0, 'png')).toBe('empty')
    expect(refusal(9, null)).toBe('wrong_type')
    expect(refusal(FILE_BYTES_MAX + 1, 'png')).toBe('too_large')
    expect(refusal(FILE_BYTES_MAX, 'png')).toBeNull()
  })

  it('are sent as they are, or smaller', () => {
    expect(sentAsIs('jpeg', 1_000, 3_000, 4_000)).toBe(true)
    expect(sentAsIs('jpeg', 1_000, 3_000, 5_000)).toBe(false)
    expect(sentAsIs('bmp', 1_000, 30, 40)).toBe(false)
    expect(sizeWithin(8_000, 4_000, 4_096)).toEqual([4_096, 2_048])
    expect(sizeWithin(10, 5, 4_096)).toEqual([10, 5])
  })

  it('change places; the ends hold', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
    expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
  })
})
