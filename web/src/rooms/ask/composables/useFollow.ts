/** Keeps the end of the page in sight while it grows, until somebody scrolls up. */
import { useEventListener } from '@vueuse/core'
import { nextTick, ref } from 'vue'

const NEAR_PX = 120

export function useFollow() {
  const following = ref(true)
  const page = (): Element => document.scrollingElement ?? document.documentElement
  const gap = (): number => page().scrollHeight - window.innerHeight - window.scrollY
  let last = 0
  useEventListener(
    window,
    'scroll',
    () => {
      if (window.scrollY < last - 4) following.value = gap() < NEAR_PX
      else if (gap() < NEAR_PX) following.value = true
      last = window.scrollY
    },
    { passive: true },
  )
  async function follow(always = false): Promise<void> {
    if (always) following.value = true
    if (!following.value) return
    await nextTick()
    window.scrollTo({ top: page().scrollHeight })
  }
  return { follow }
}
