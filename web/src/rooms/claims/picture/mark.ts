/** A mark of a file's bytes: the same for the same file. */

const PART_BYTES = 65_536

/** SHA-256, or where the page is not served over TLS, a weaker mark that is only to warn. */
export async function markOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined
  if (subtle === undefined) return weakMark(bytes)
  const hash = new Uint8Array(await subtle.digest('SHA-256', bytes))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** FNV-1a over the first and last part, with the length. */
export function weakMark(bytes: Uint8Array): string {
  let hash = 0x811c9dc5
  const take = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  bytes.subarray(0, PART_BYTES).forEach(take)
  bytes.subarray(-PART_BYTES).forEach(take)
  return `${bytes.length}-${hash.toString(16)}`
}
