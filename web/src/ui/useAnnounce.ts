/** What screen readers are told without the focus moving: said by `AnnounceRegion`, once a page. */
import { defineStore } from 'pinia'
import { ref } from 'vue'

export type Urgency = 'polite' | 'assertive'

export const useAnnouncements = defineStore('announcements', () => {
  const polite = ref('')
  const assertive = ref('')

  /** Say it; the same words twice are said twice. */
  function announce(text: string, urgency: Urgency = 'polite'): void {
    const place = urgency === 'polite' ? polite : assertive
    place.value = place.value === text ? `${text}\u00a0` : text
  }

  return { polite, assertive, announce }
})

/** `announce(text)`: for progress, results, what changed elsewhere on the page. */
export const useAnnounce = () => useAnnouncements().announce
