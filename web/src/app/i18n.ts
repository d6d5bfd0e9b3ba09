/** One language at a time, shared by all rooms; each room brings its own words (`useWords`). */
import { createI18n } from 'vue-i18n'
import { words } from './words'

export const i18n = createI18n({
  legacy: false,
  locale: 'zh',
  fallbackLocale: 'en',
  messages: words,
  // A missing word is a fault that the tests find (words.test.ts), not a warning to live with.
  missingWarn: false,
  fallbackWarn: false,
})
