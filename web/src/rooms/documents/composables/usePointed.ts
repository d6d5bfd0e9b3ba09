/** The place in a document that is looked at: a field's, a quote's, one in the address. */
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import type { LocationQuery } from 'vue-router'
import type { Shape } from '@/api/client'
import { useFieldWords } from '@/ui/fieldWords'
import { boxesOf, pagePlace, pagesOf, type Box, type Paper, type PaperBox } from '@/ui/papers'
import { boxIn } from '../finding/hits'
import { one } from '../shelf/filters'

export interface Place {
  fileAt: number
  page: number
  box: Box | null
  label: string
}

const POINTED = 'pointed'

export function usePointed(
  paper: Ref<Paper | null>,
  files: Ref<readonly Shape<'FileReading'>[]>,
  address: Ref<LocationQuery>,
  label: () => string,
) {
  const { fieldName } = useFieldWords()
  const at = ref(0)
  const active = ref<string | null>(null)
  const place = shallowRef<Place | null>(null)
  let pointings = 0
  const key = ref(POINTED)

  const pages = computed(() => (paper.value ? pagesOf(paper.value) : []))
  const page = computed(() => pages.value[at.value] ?? null)
  /** The page that is shown, also where there are no pictures. */
  const shown = ref({ fileAt: 0, page: 1 })
  const boxes = computed<PaperBox[]>(() => {
    const name = (field: string, value: string | null, kind: string): string =>
      `${fieldName(field, kind)}: ${value ?? ''}`
    const fields = paper.value
      ? boxesOf(paper.value.id, files.value, name).filter(
          (each) => !each.further || each.id === active.value,
        )
      : []
    const here = place.value
    if (!here?.box) return fields
    const { fileAt, box } = here
    const own = { id: key.value, status: 'single' as const, label: here.label, further: false }
    return [...fields, { ...own, fileAt, page: here.page, box }]
  })

  function point(next: Place): void {
    place.value = next
    // A new name each time: pointed at twice, the place is brought into view twice.
    key.value = `${POINTED}-${++pointings}`
    active.value = next.box ? key.value : null
    shown.value = { fileAt: next.fileAt, page: next.page }
    const found = pagePlace(pages.value, next.fileAt, next.page)
    if (found >= 0) at.value = found
  }
  function pick(field: string | null): void {
    place.value = null
    active.value = field
  }

  function pointByAddress(): void {
    const asked = Number(one(address.value.page) || Number.NaN)
    if (!Number.isInteger(asked) || asked < 1) return
    const fileAt = Number(one(address.value.file) || 0) || 0
    point({ fileAt, page: asked, box: boxIn(one(address.value.box)), label: label() })
  }
  watch([() => paper.value?.id, () => pages.value.length, address], pointByAddress, {
    immediate: true,
  })
  watch(page, (now) => now && (shown.value = { fileAt: now.fileAt, page: now.page }))

  return { at, active, place, boxes, pages, shown, point, pick }
}
