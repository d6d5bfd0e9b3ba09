import { describe, expect, it } from 'vitest'
import { sniffed } from './media'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('what a file is', () => {
  it('is told by its bytes, not by its name', () => {
    expect(sniffed(new Uint8Array([0xff, 0xd8, 0xff, 0xe0]))).toBe('jpeg')
    expect(sniffed(bytes('%PDF-1.7'))).toBe('pdf')
    expect(sniffed(bytes('\n\n%PDF-1.4'))).toBe('pdf')
    expect(sniffed(bytes('RIFF0000WEBPVP8 '))).toBe('webp')
    expect(sniffed(bytes('\0\0\0\x18ftypheic'))).toBe('heic')
    expect(sniffed(bytes('PK\x03\x04..............OFD.xml'))).toBe('ofd')
    expect(sniffed(bytes('PK\x03\x04..............a.jpg'))).toBe('zip')
    expect(sniffed(bytes('\uFEFF<?xml version="1.0"?><EInvoice/>'))).toBe('xml')
  })

  it('is nothing we take for programs, pages and empty files', () => {
    expect(sniffed(bytes('MZ\x90'))).toBeNull()
    expect(sniffed(bytes('<!DOCTYPE html><html>'))).toBeNull()
    expect(sniffed(bytes('<html><script>'))).toBeNull()
    expect(sniffed(bytes('<svg xmlns="x" onload="y">'))).toBeNull()
    expect(sniffed(bytes('<?xml version="1.0"?>\n<svg>'))).toBeNull()
    expect(sniffed(new Uint8Array())).toBeNull()
  })
})
