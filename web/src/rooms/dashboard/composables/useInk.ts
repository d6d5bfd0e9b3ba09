/** The page's colours for what is drawn on a canvas; told anew when the theme changes. */
import { usePreferredReducedMotion } from '@vueuse/core'
import { computed } from 'vue'
import { usePreferences } from '@/app/preferences'
import type { Ink } from '../chartOptions'

export function useInk() {
  const preferences = usePreferences()
  const motion = usePreferredReducedMotion()
  const ink = computed<Ink>(() => {
    // Read for what it changes: the class on the root is set before anything is drawn again.
    const dark = preferences.dark
    document.documentElement.classList.toggle('dark', dark)
    const style = getComputedStyle(document.documentElement)
    const colour = (name: string): string => style.getPropertyValue(name).trim()
    return {
      font: getComputedStyle(document.body).fontFamily,
      text: colour('--y-text'),
      faint: colour('--y-text-faint'),
      line: colour('--y-line'),
      surface: colour('--y-surface-raised'),
      series: [colour('--y-primary'), colour('--y-success'), colour('--y-warning')],
    }
  })
  const moves = computed(() => motion.value !== 'reduce')
  return { ink, moves }
}
