/** What somebody likes, kept by their browser: language, theme. */
import { usePreferredDark, useStorage } from '@vueuse/core'
import { defineStore } from 'pinia'
import { computed, watchEffect } from 'vue'

export type Language = 'zh' | 'en'
export type Theme = 'light' | 'dark' | 'system'

const ofBrowser = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en')

export const usePreferences = defineStore('preferences', () => {
  const language = useStorage<Language>('yuepi.language', ofBrowser())
  const theme = useStorage<Theme>('yuepi.theme', 'system')
  const prefersDark = usePreferredDark()
  const dark = computed(
    () => theme.value === 'dark' || (theme.value === 'system' && prefersDark.value),
  )
  watchEffect(() => {
    document.documentElement.classList.toggle('dark', dark.value)
    document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en'
  })
  return { language, theme, dark }
})
