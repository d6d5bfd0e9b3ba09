/** What a file is, judged by its first bytes as the desk judges it; its name proves nothing. */

export type Media =
  'jpeg' | 'png' | 'webp' | 'heic' | 'tiff' | 'bmp' | 'gif' | 'pdf' | 'ofd' | 'xml' | 'zip'

export const HEAD_BYTES = 4096

/** What browsers can draw by themselves. */
const DRAWN = new Set<Media>(['jpeg', 'png', 'webp', 'bmp', 'gif'])
const PHOTOS = new Set<Media>(['jpeg', 'png', 'webp', 'heic', 'tiff', 'bmp', 'gif'])
const TYPES: Partial<Record<Media, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  bmp: 'image/bmp',
  gif: 'image/gif',
  pdf: 'application/pdf',
}

export const isDrawn = (media: Media): boolean => DRAWN.has(media)
export const isPhoto = (media: Media): boolean => PHOTOS.has(media)

/** The type under which the browser may draw it; markup is never told to be markup. */
export const typeOf = (media: Media): string => TYPES[media] ?? 'application/octet-stream'

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to))

const starts = (bytes: Uint8Array, ...head: number[]): boolean =>
  head.every((value, at) => bytes[at] === value)

const HEIC = new Set(['heic', 'heix', 'hevc', 'heim', 'heis', 'mif1', 'msf1'])

/** The kind of a file by its first bytes (`HEAD_BYTES` are enough), or null. */
export function sniffed(head: Uint8Array): Media | null {
  if (starts(head, 0xff, 0xd8, 0xff)) return 'jpeg'
  if (starts(head, 0x89, 0x50, 0x4e, 0x47)) return 'png'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp'
  if (ascii(head, 4, 8) === 'ftyp' && HEIC.has(ascii(head, 8, 12))) return 'heic'
  if (ascii(head, 0, 4) === 'II*\0' || ascii(head, 0, 4) === 'MM\0*') return 'tiff'
  if (ascii(head, 0, 2) === 'BM') return 'bmp'
  if (ascii(head, 0, 4) === 'GIF8') return 'gif'
  if (ascii(head, 0, 1024).includes('%PDF-')) return 'pdf'
  if (starts(head, 0x50, 0x4b, 0x03, 0x04)) return ofOfd(head) ? 'ofd' : 'zip'
  return isMarkup(head) ? 'xml' : null
}

/** An OFD is a zip whose first members are the document's own. */
function ofOfd(head: Uint8Array): boolean {
  const names = ascii(head, 0, HEAD_BYTES)
  return names.includes('OFD.xml') || names.includes('Doc_0/')
}

function isMarkup(head: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(head.subarray(0, 512)).replace(/^\uFEFF/, '')
  return (
    /^\s*<(\?xml|[A-Za-z])/.test(text) &&
    !/^\s*(<\?xml[^>]*>\s*)?<(!doctype\s+)?(html|svg)/i.test(text)
  )
}
