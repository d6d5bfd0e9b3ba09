/** Files that are dropped on the page or pasted into it, folders and all. */
import { useEventListener } from '@vueuse/core'
import { ref } from 'vue'
import { typing } from '@/ui/shortcuts'
import { chosen, dropped, type Gathered } from '../shelf/gathered'

export function useShelfDrop(may: () => boolean, take: (files: Gathered[], cut: boolean) => void) {
  const dragging = ref(false)
  const carries = (event: DragEvent): boolean =>
    may() && (event.dataTransfer?.types.includes('Files') ?? false)

  useEventListener(window, 'dragover', (event: DragEvent) => {
    if (!carries(event)) return
    event.preventDefault()
    dragging.value = true
  })
  useEventListener(window, 'dragleave', (event: DragEvent) => {
    if (event.relatedTarget === null) dragging.value = false
  })
  useEventListener(window, 'drop', async (event: DragEvent) => {
    if (!carries(event) || event.dataTransfer === null) return
    event.preventDefault()
    dragging.value = false
    const { files, cut } = await dropped(event.dataTransfer)
    take(files, cut)
  })
  useEventListener(window, 'paste', (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (files.length === 0 || !may() || typing(event.target)) return
    event.preventDefault()
    take(chosen(files), false)
  })
  return dragging
}
