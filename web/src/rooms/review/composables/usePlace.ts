/** Where in a claim somebody looks: which paper, which field, which page; both ways linked. */
import { computed, nextTick, ref, watch, type Ref } from 'vue'
import type { Pointed } from '@/ui/contents/contents'
import type { PaperPlace } from '@/ui/PaperList.vue'
import { pagePlace, pagesOf } from '@/ui/papers'
import {
  grouped,
  kindRow,
  papersOf,
  rowsOf,
  walkOf,
  type FieldRow,
  type PaperAt,
  type ReviewShown,
} from '../fields'
import type { Input } from '../trace'
import { POINTED, pointedBox, usePlaceBoxes } from './usePlaceBoxes'
import { startOf } from './useReview'

const everyRow = (shown: ReviewShown): FieldRow[] =>
  papersOf(shown).flatMap((paper) => [
    kindRow(paper, shown.corrections),
    ...rowsOf(paper, shown.said, shown.corrections),
  ])

const placeOf = ({ attachment, fileAt, readingAt }: PaperPlace): PaperPlace => ({
  attachment,
  fileAt,
  readingAt,
})

/** Whether a paper is the one, or on the page, that a rule rests on. */
const holds = (paper: PaperAt, input: Input): boolean =>
  paper.attachment === input.attachment &&
  (input.page === null || paper.reading.page === input.page)

export function usePlace(review: Ref<ReviewShown | undefined>) {
  const place = ref<PaperPlace | null>(null)
  const active = ref<string | null>(null)
  const at = ref(0)
  let begun = ''

  const papers = computed(() => (review.value ? papersOf(review.value) : []))
  /** All fields of all papers, paper by paper. */
  const allRows = computed(() => (review.value ? everyRow(review.value) : []))
  const samePaper = (each: PaperPlace): boolean =>
    each.attachment === place.value?.attachment &&
    each.fileAt === place.value.fileAt &&
    each.readingAt === place.value.readingAt
  const paper = computed(() => papers.value.find(samePaper))
  const rows = computed(() => allRows.value.filter(samePaper))
  const groups = computed(() => grouped(rows.value))
  const attachment = computed(
    () =>
      review.value?.attachments.find((each) => each.id === place.value?.attachment) ??
      review.value?.attachments[0],
  )
  const { boxes, pointed, walked } = usePlaceBoxes(review, attachment, active)

  /** Shows a paper, at its own page. */
  function open(to: PaperPlace): void {
    place.value = to
    const found = papers.value.find(samePaper)
    const pages = attachment.value ? pagesOf(attachment.value) : []
    at.value = Math.max(0, pagePlace(pages, to.fileAt, found?.reading.page ?? 1))
    const first = groups.value.doubtful[0] ?? groups.value.sure.find((row) => row.name !== 'kind')
    active.value = first?.id ?? null
  }

  /** Shows a field, wherever it is. */
  function pick(id: string): void {
    const row = allRows.value.find((each) => each.id === id)
    if (!row) return
    place.value = placeOf(row)
    active.value = id
  }

  /** Shows a place of the open paper that belongs to no field. */
  function point({ page, box, label }: Pointed): void {
    if (!place.value) return
    pointed.value = pointedBox(place.value.fileAt, page, box, label)
    active.value = null
    void nextTick(() => (active.value = POINTED))
  }

  /** Shows what a rule rests on: the field, else the page. */
  function showInput(input: Input): void {
    if (input.id) return pick(input.id)
    const found = papers.value.find((each) => holds(each, input))
    if (found) open(found)
  }

  /** Goes to the next or previous field of the paper, then of the next or previous paper. */
  function step(by: 1 | -1): void {
    const order = walkOf(papers.value, allRows.value)
    const now = order.findIndex((row) => row.id === (walked.value ?? active.value))
    const next = order[now < 0 ? 0 : now + by]
    if (next) pick(next.id)
  }

  function begin(now: ReviewShown | undefined): void {
    if (!now || now.review.id === begun) return
    begun = now.review.id
    const start = startOf(now)
    const first =
      allRows.value.find((row) => row.id === start.id) ??
      papers.value.find((each) => each.attachment === start.attachment)
    at.value = 0
    if (first) open(placeOf(first))
    else place.value = { attachment: start.attachment, fileAt: 0, readingAt: 0 }
    if (start.id) active.value = start.id
  }
  watch(review, begin, { immediate: true })

  const activeRow = computed(() => allRows.value.find((row) => row.id === active.value))
  return {
    place, papers, paper, rows,  allRows, groups, attachment, boxes,
    active, activeRow, at, open, pick, point, step, showInput,
  } // prettier-ignore
}
