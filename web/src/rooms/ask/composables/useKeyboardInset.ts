/** How much of the window's foot a phone's keyboard covers, in pixels; 0 where none is open. */
import { useEventListener } from '@vueuse/core'
import { ref } from 'vue'

/** Less is a bar of the browser, no keyboard. */
const KEYBOARD_PX_MIN = 120

export function useKeyboardInset() {
  const inset = ref(0)
  const viewport = window.visualViewport
  if (viewport !== null) {
    const measure = (): void => {
      const covered = window.innerHeight - viewport.height - viewport.offsetTop
      inset.value = covered >= KEYBOARD_PX_MIN && viewport.scale < 1.05 ? Math.round(covered) : 0
    }
    useEventListener(viewport, ['resize', 'scroll'], measure)
  }
  return inset
}
