/** Files that are dropped on the page or pasted into it. */
import { useEventListener } from '@vueuse/core'
import { ref } from 'vue'

const filesIn = (data: DataTransfer | null): File[] => [...(data?.files ?? [])]

export function useDrop(take: (files: File[]) => void) {
  const dragging = ref(false)
  const carries = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes('Files') ?? false

  useEventListener(window, 'dragover', (event: DragEvent) => {
    if (!carries(event)) return
    event.preventDefault()
    dragging.value = true
  })
  useEventListener(window, 'dragleave', (event: DragEvent) => {
    if (event.relatedTarget === null) dragging.value = false
  })
  useEventListener(window, 'drop', (event: DragEvent) => {
    if (!carries(event)) return
    event.preventDefault()
    dragging.value = false
    take(filesIn(event.dataTransfer))
  })
  useEventListener(window, 'paste', (event: ClipboardEvent) => {
    const files = filesIn(event.clipboardData)
    if (files.length === 0) return
    event.preventDefault()
    take(files)
  })
  return dragging
}
