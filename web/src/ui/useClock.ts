/** The time now, a little late: one clock for all who show relative times. */
import { createSharedComposable, useIntervalFn } from '@vueuse/core'
import { shallowRef } from 'vue'

const TICK_MS = 30_000

export const useClock = createSharedComposable(() => {
  const now = shallowRef(new Date())
  useIntervalFn(() => (now.value = new Date()), TICK_MS)
  return now
})
