/** Whether there is a picture of a page: asked first where some files of its kind have none. */
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { Hit } from '../api'
import { useDocumentPages } from './useDocument'

/** Files that are drawn or are pictures themselves. A plain text has no picture, nor an XML; an
 * OFD only of pages that were scanned. */
const DRAWN = new Set(['pdf', 'jpeg', 'png', 'webp', 'heic', 'tiff', 'bmp', 'gif'])

export function useHasPicture(hit: MaybeRefOrGetter<Hit>) {
  const sure = computed(() => DRAWN.has(toValue(hit).media))
  const pages = useDocumentPages(
    computed(() => toValue(hit).document),
    computed(() => !sure.value),
  )
  return computed(() => {
    const { file_at, page } = toValue(hit)
    const found = pages.data.value ?? []
    return sure.value || found.some((each) => each.file_at === file_at && each.page === page)
  })
}
