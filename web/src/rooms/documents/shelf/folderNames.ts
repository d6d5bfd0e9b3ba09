/** Names of folders and the ways to them, in the language of the page. Pure. */

/** Somebody's own folder is made with its name in both languages. */
const OWN = { zh: '我的文档', en: 'My documents' }
export const OWN_NAME = `${OWN.zh} ${OWN.en}`

/** A name, or a way with such a name in it. */
export const folderNamed = (text: string, language: string): string =>
  text.replaceAll(OWN_NAME, language.startsWith('zh') ? OWN.zh : OWN.en)
