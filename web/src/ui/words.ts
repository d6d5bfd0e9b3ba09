/** A room's words in both languages; a test sees that both have the same keys. */
import { useI18n } from 'vue-i18n'

type WordTree = { [key: string]: string | WordTree }
export type Words = { zh: WordTree; en: WordTree }

/** `t` of these words, in the language of the page. */
export const useWords = (words: Words) =>
  useI18n({ useScope: 'local', inheritLocale: true, messages: { zh: words.zh, en: words.en } })
