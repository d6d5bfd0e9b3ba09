/** The boxes on an attachment's pages: those of its fields, and a place somebody points at. */
import { computed, ref, watch, type Ref } from 'vue'
import type { Shape } from '@/api/client'
import { useFieldWords } from '@/ui/fieldWords'
import { boxesOf, type Box, type PaperBox } from '@/ui/papers'
import type { ReviewShown } from '../fields'

export const POINTED = 'pointed'

/** The box of a place that belongs to no field. */
export const pointedBox = (fileAt: number, page: number, box: Box, label: string): PaperBox => ({
  id: POINTED,
  fileAt,
  page,
  box,
  status: 'single',
  label,
  further: true,
})

export function usePlaceBoxes(
  review: Ref<ReviewShown | undefined>,
  attachment: Ref<Shape<'AttachmentShown'> | undefined>,
  active: Ref<string | null>,
) {
  const { fieldName } = useFieldWords()
  const pointed = ref<PaperBox | null>(null)
  const boxes = computed(() => {
    const id = attachment.value?.id
    const files = review.value?.readings.find((each) => each.attachment === id)?.files
    const label = (name: string, value: string | null, kind: string) =>
      `${fieldName(name, kind)}: ${value ?? ''}`
    const found = id && files ? boxesOf(id, files, label) : []
    return pointed.value ? [...found, pointed.value] : found
  })
  /** The field to go on from, while somebody points at something else. */
  const walked = ref<string | null>(null)
  watch(
    active,
    (now, before) => {
      if (now === POINTED || (now === null && pointed.value)) walked.value ??= before ?? null
      else [walked.value, pointed.value] = [null, null]
    },
    { flush: 'sync' },
  )
  watch(attachment, () => (pointed.value = null))
  return { boxes, pointed, walked }
}
