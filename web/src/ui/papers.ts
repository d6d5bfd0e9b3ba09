/** Pages of an attachment and the boxes on them, as the page shows them. Pure. */
import type { Shape } from '@/api/client'

type Field = Shape<'Field'>
type Reading = Shape<'Reading'>
type FileReading = Shape<'FileReading'>

/** Fractions of the upright page: left, top, right, bottom. */
export type Box = readonly [number, number, number, number]

/** How a box is drawn: by what is known of its value. */
export type BoxStatus = 'confirmed' | 'single' | 'conflict' | 'corrected'

/** An upright picture of a page. Without `width` its size is known once it is loaded. */
export interface PaperPage {
  fileAt: number
  page: number
  width: number
  height: number
  href: string
  /** A small picture of it, where there is one. */
  thumb?: string
  /** The original itself, fetched and shown as a picture, where no page picture exists yet. */
  original?: string
}

/** A place on a page. `id` names the field it belongs to; several places may share it. */
export interface PaperBox {
  id: string
  fileAt: number
  page: number
  box: Box
  status: BoxStatus
  label: string
  /** A further place of the field (a QR code holds many): drawn while the field is the active one. */
  further: boolean
}

/** What is needed of an attachment to show it. */
export interface Paper {
  id: string
  name: string
  media: string
  href: string
  pages?: readonly {
    file_at: number
    page: number
    width: number
    height: number
    href: string
    thumb?: string
  }[]
}

/** Media that browsers show, as the server names them. */
const PICTURES = new Set(['jpeg', 'png', 'webp', 'gif', 'bmp'])

/** The pages of an attachment; of a picture that was not read yet, the picture; else none. */
export function pagesOf(paper: Paper): PaperPage[] {
  const pages = paper.pages ?? []
  if (pages.length > 0)
    return pages.map((each) => ({
      fileAt: each.file_at,
      page: each.page,
      width: each.width,
      height: each.height,
      href: each.href,
      ...(each.thumb ? { thumb: each.thumb } : {}),
    }))
  if (!PICTURES.has(paper.media.replace('image/', ''))) return []
  return [{ fileAt: 0, page: 1, width: 0, height: 0, href: '', original: paper.href }]
}

/** Where `page` of the file at `fileAt` stands among the pages; -1 where it is not. */
export const pagePlace = (pages: readonly PaperPage[], fileAt: number, page: number): number =>
  pages.findIndex((each) => each.fileAt === fileAt && each.page === page)

/** The name of a field's place in a claim: attachment, file, paper, field. */
export const fieldId = (
  attachment: string,
  fileAt: number,
  readingAt: number,
  field: string,
): string => [attachment, fileAt, readingAt, field].join('/')

/** How the box of a field is drawn; null where nothing is drawn. */
export function boxStatus(field: Pick<Field, 'status' | 'sources'>): BoxStatus | null {
  if (field.sources.includes('person')) return 'corrected'
  return field.status === 'missing' ? null : field.status
}

/** The places of a field, print before codes, each place once. */
export function placesOf(field: Field): { page: number; box: Box }[] {
  const found: { page: number; box: Box }[] = []
  const codesLast = [...field.evidence].sort(
    (a, b) => Number(a.source === 'codes') - Number(b.source === 'codes'),
  )
  for (const each of codesLast) {
    const box = each.box
    if (box === null || box[2] <= box[0] || box[3] <= box[1]) continue
    if (!found.some((one) => one.page === each.page && overlap(one.box, box) > SAME_PLACE))
      found.push({ page: each.page, box })
  }
  return found
}

const SAME_PLACE = 0.5

/** How much of the smaller box the two share, 0 to 1. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (width <= 0 || height <= 0) return 0
  const smaller = Math.min(area(a), area(b))
  return smaller > 0 ? (width * height) / smaller : 0
}

const area = (box: Box): number => (box[2] - box[0]) * (box[3] - box[1])

/** All boxes of what was read in an attachment. `label` names a field in words. */
export function boxesOf(
  attachment: string,
  files: readonly FileReading[],
  label: (field: string, value: string | null, kind: string) => string,
): PaperBox[] {
  return files.flatMap((file, fileAt) =>
    file.readings.flatMap((reading, readingAt) =>
      readingBoxes(reading, (name) => fieldId(attachment, fileAt, readingAt, name), label).map(
        (each) => ({ ...each, fileAt }),
      ),
    ),
  )
}

function readingBoxes(
  reading: Reading,
  idOf: (field: string) => string,
  label: (field: string, value: string | null, kind: string) => string,
): Omit<PaperBox, 'fileAt'>[] {
  return Object.entries(reading.fields).flatMap(([name, field]) => {
    const status = boxStatus(field)
    if (status === null) return []
    return placesOf(field).map(({ page, box }, place) => ({
      id: idOf(name),
      page,
      box,
      status,
      label: label(name, field.value, reading.kind),
      further: place > 0,
    }))
  })
}
