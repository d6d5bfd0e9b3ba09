/** The decision's reasons as they are shown: the weighty first, with the places they rest on. Pure. */
import type { Shape } from '@/api/client'
import type { Box } from '@/ui/papers'

type Attachment = Shape<'AttachmentShown'>
type Reason = Shape<'Reason'>
type AttachmentReading = Shape<'AttachmentReading'>

export interface Page {
  file_at: number
  page: number
  width: number
  height: number
  href: string
}

export interface Place {
  attachment: Attachment
  page: Page
  box: Box
  field: string
}

const WEIGHT: Record<Reason['effect'], number> = {
  suggest_reject: 0,
  refer: 1,
  warn: 2,
  approve: 3,
}
const PLACES_MAX = 3

export const byWeight = (reasons: readonly Reason[]): Reason[] =>
  [...reasons].sort((one, other) => WEIGHT[one.effect] - WEIGHT[other.effect])

/** Where on the papers a reason rests, each place once, as far as there are pictures of them. */
export function placesOfReason(
  reason: Reason,
  attachments: readonly Attachment[],
  readings: readonly AttachmentReading[],
): Place[] {
  const found: Place[] = []
  for (const proof of reason.evidence ?? []) {
    const { box, page } = proof
    if (!box || !page) continue
    const place = pageOf(proof.file, page, attachments, readings)
    if (place === null) continue
    const same = found.some((each) => each.page.href === place.page.href && equal(each.box, box))
    if (!same) found.push({ ...place, box, field: proof.field })
    if (found.length === PLACES_MAX) break
  }
  return found
}

function pageOf(
  file: string,
  page: number,
  attachments: readonly Attachment[],
  readings: readonly AttachmentReading[],
): Pick<Place, 'attachment' | 'page'> | null {
  for (const reading of readings) {
    const fileAt = reading.files.findIndex((each) => each.file === file)
    const attachment = attachments.find((each) => each.id === reading.attachment)
    if (fileAt < 0 || attachment === undefined) continue
    const picture = (attachment.pages ?? []).find(
      (each) => each.file_at === fileAt && each.page === page,
    )
    if (picture !== undefined) return { attachment, page: picture }
  }
  return null
}

const equal = (one: Box, other: Box): boolean => one.every((side, at) => side === other[at])

/** The policy's row in words that can be read out: table and row. */
export function ruleOf(row: string): { table: string; row: string } {
  const cut = row.indexOf('/')
  return cut < 0 ? { table: '', row } : { table: row.slice(0, cut), row: row.slice(cut + 1) }
}
