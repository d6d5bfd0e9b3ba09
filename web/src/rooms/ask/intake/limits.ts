/** Which files can be asked about, judged by their first bytes, and what is done with each. Pure. */

export const PICTURES_MAX = 4
const MIB = 1_048_576
export const FILE_BYTES_MAX = 50 * MIB
/** Larger ones are made smaller: four of these in base64 still fit into one request. */
export const SENT_BYTES_MAX = 7 * MIB
export const SENT_SIDE_MAX = 4_096
/** Below this, small print can hardly be read. */
export const CLEAR_SIDE_MIN = 500
export const HEAD_BYTES = 1_024
export const PDF_SIDE = 2_200

export type Kind = 'jpeg' | 'png' | 'webp' | 'gif' | 'bmp' | 'heic' | 'pdf'

/** Why a file is not taken, or what is worth to know about one that is. */
export type Hint =
  | 'empty'
  | 'wrong_type'
  | 'too_large'
  | 'too_many'
  | 'same'
  | 'unreadable'
  | 'encrypted'
  | 'small'
  | 'shrunk'
  | 'first_pages'

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to))

/** What the first bytes say; a name proves nothing. */
export function kindOf(head: Uint8Array): Kind | null {
  const at = (...bytes: number[]): boolean => bytes.every((byte, index) => head[index] === byte)
  if (at(0xff, 0xd8, 0xff)) return 'jpeg'
  if (at(0x89, 0x50, 0x4e, 0x47)) return 'png'
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 12) === 'WEBP') return 'webp'
  if (ascii(head, 0, 4) === 'GIF8') return 'gif'
  if (ascii(head, 0, 2) === 'BM') return 'bmp'
  if (ascii(head, 4, 8) === 'ftyp' && /^(hei|hev|mif|msf)/.test(ascii(head, 8, 12))) return 'heic'
  return ascii(head, 0, HEAD_BYTES).includes('%PDF-') ? 'pdf' : null
}

export function refusal(bytes: number, kind: Kind | null): Hint | null {
  if (bytes === 0) return 'empty'
  if (kind === null) return 'wrong_type'
  return bytes > FILE_BYTES_MAX ? 'too_large' : null
}

/** Whether the desk gets the file as it is. */
export const sentAsIs = (kind: Kind, bytes: number, width: number, height: number): boolean =>
  (kind === 'jpeg' || kind === 'png' || kind === 'webp') &&
  bytes <= SENT_BYTES_MAX &&
  Math.max(width, height) <= SENT_SIDE_MAX

/** The size in which it is sent. */
export function sizeWithin(width: number, height: number, side: number): [number, number] {
  const scale = Math.min(1, side / Math.max(width, height, 1))
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
}

/** One of a list moved by a step; the ends hold. */
export function moved<Item>(items: readonly Item[], at: number, step: number): Item[] {
  const to = at + step
  const one = items[at]
  if (one === undefined || to < 0 || to >= items.length) return [...items]
  const rest = items.filter((_, index) => index !== at)
  return [...rest.slice(0, to), one, ...rest.slice(to)]
}
