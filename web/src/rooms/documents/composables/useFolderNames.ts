/** How folders are called in the language of the page. */
import { useI18n } from 'vue-i18n'
import { folderNamed } from '../shelf/folderNames'

export function useFolderNames() {
  const { locale } = useI18n({ useScope: 'global' })
  return { folderNamed: (text: string): string => folderNamed(text, locale.value) }
}
