/** What one claim may hold, told before anything is sent; the desk holds to the same. Pure. */
import type { Media } from './media'

const MIB = 2 ** 20
export const FILES_MAX = 20
export const FILE_BYTES_MAX = 50 * MIB
export const CLAIM_BYTES_MAX = 200 * MIB
export const NOTE_CHARACTERS_MAX = 4_000
export const CATEGORY_CHARACTERS_MAX = 64

const CATEGORY = /^[\p{L}\p{N}](?:[\p{L}\p{N}_ .&/+-]{0,62}[\p{L}\p{N}_.&/+-])?$/u

/** Why a file is not taken. */
export type Refusal = 'empty' | 'wrong_type' | 'too_large' | 'too_many' | 'too_much' | 'same_file'

interface Held {
  bytes: number
  mark: string
}

/** Why this file cannot join those, or null where it can. */
export function refusal(
  file: { bytes: number; mark: string; media: Media | null },
  held: readonly Held[],
): Refusal | null {
  if (file.bytes === 0) return 'empty'
  if (file.media === null) return 'wrong_type'
  if (file.bytes > FILE_BYTES_MAX) return 'too_large'
  if (held.some((each) => each.mark === file.mark)) return 'same_file'
  if (held.length >= FILES_MAX) return 'too_many'
  const sum = held.reduce((bytes, each) => bytes + each.bytes, file.bytes)
  return sum > CLAIM_BYTES_MAX ? 'too_much' : null
}

/** Whether the desk takes it as a category; empty means that none was named. */
export const isCategory = (text: string): boolean => text === '' || CATEGORY.test(text)

/** The days that a claim may be judged for: today and the one on either side. */
export function daysAround(today: Date): { first: string; today: string; last: string } {
  const beside = (days: number): string => {
    const day = new Date(today.getFullYear(), today.getMonth(), today.getDate() + days)
    const two = (part: number): string => String(part).padStart(2, '0')
    return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`
  }
  return { first: beside(-1), today: beside(0), last: beside(1) }
}
