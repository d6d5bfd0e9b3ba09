/** Two panes whose border can be moved, by pointer and by keys; the browser remembers where. */
import { useLocalStorage } from '@vueuse/core'
import { computed, ref, type Ref } from 'vue'

const MIN = 30
const MAX = 75
const USUAL = 60
const STEP = 2

export function useSplit(frame: Ref<HTMLElement | null>) {
  const share = useLocalStorage('yuepi.review.split', USUAL)
  const dragging = ref(false)
  const percent = computed(() =>
    Math.round(Math.min(MAX, Math.max(MIN, Number(share.value) || USUAL))),
  )

  function pressed(event: PointerEvent): void {
    dragging.value = true
    ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
  }
  function dragged(event: PointerEvent): void {
    const rect = frame.value?.getBoundingClientRect()
    if (!dragging.value || !rect) return
    share.value = Math.min(MAX, Math.max(MIN, ((event.clientX - rect.left) / rect.width) * 100))
  }
  const released = (): void => {
    dragging.value = false
  }
  function keyed(event: KeyboardEvent): void {
    const to: Record<string, number> = {
      ArrowLeft: percent.value - STEP,
      ArrowRight: percent.value + STEP,
      Home: MIN,
      End: MAX,
    }
    const next = to[event.key]
    if (next === undefined) return
    event.preventDefault()
    share.value = Math.min(MAX, Math.max(MIN, next))
  }

  return { percent, dragging, min: MIN, max: MAX, pressed, dragged, released, keyed }
}
